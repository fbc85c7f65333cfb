import { z } from 'zod'

const path = z.string().min(1).max(1_000)

/** One change of a file; `find` must occur exactly once in it. */
export const ScriptEdit = z.union([
  z.strictObject({ path, content: z.string() }),
  z.strictObject({ path, find: z.string().min(1), replace: z.string() }),
  z.strictObject({ path, delete: z.literal(true) }),
])
export type ScriptEdit = z.infer<typeof ScriptEdit>

/** What the scripted agent does when it is spoken to once. */
export const ScriptTurn = z
  .strictObject({
    mode: z.enum(['plan', 'work']).default('work'),
    /** Evidence of a failure that the prompt must name, in any case, or the turn fails. */
    expectEvidence: z.string().min(1).optional(),
    say: z.string().optional(),
    plan: z.array(z.string().min(1)).optional(),
    edits: z.array(ScriptEdit).default([]),
    /** A command as an argument array, run in the workspace; its failure is shown and ends nothing. */
    run: z.array(z.string()).min(1).optional(),
    /** The name under which `run` is shown; the command itself when absent. */
    tool: z.string().min(1).optional(),
    delayMs: z.int().min(0).max(600_000).default(0),
  })
  .refine((turn) => turn.mode === 'work' || (turn.edits.length === 0 && !turn.run), {
    message: 'a turn of mode plan changes nothing: it has no edits and no run',
  })
export type ScriptTurn = z.infer<typeof ScriptTurn>

/** One goal that the script knows: the words by which it is recognised, and its turns in order. */
export const ScriptGoal = z.strictObject({
  match: z.string().trim().min(1),
  title: z.string().trim().min(1).optional(),
  turns: z.array(ScriptTurn).min(1),
})
export type ScriptGoal = z.infer<typeof ScriptGoal>

/** A script file, version 1. */
export const Script = z.strictObject({ version: z.literal(1), goals: z.array(ScriptGoal).min(1) })
export type Script = z.infer<typeof Script>

/** A script that was read, or what is wrong with it in one sentence for a person. */
export type ParsedScript = { ok: true; script: Script } | { ok: false; reason: string }

/** Reads a script's text; at most the first five wrong places are named. */
export function parseScript(text: string | undefined): ParsedScript {
  if (!text?.trim()) {
    return {
      ok: false,
      reason:
        'The scripted agent has no script: the file named by the setting "agent.script" is absent or empty on the base commit.',
    }
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return {
      ok: false,
      reason: `The agent script is no JSON: ${error instanceof Error ? error.message : error}`,
    }
  }
  const parsed = Script.safeParse(json)
  if (parsed.success) return { ok: true, script: parsed.data }
  const places = parsed.error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'the file'}: ${i.message}`)
  return { ok: false, reason: `The agent script is wrong at ${places.join('; ')}.` }
}
