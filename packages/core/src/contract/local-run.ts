import { z } from 'zod'

/**
 * What `signalbox run --json` prints: one object on each line, each with a `type`. The protocol is stable: fields and
 * types are added, none is taken away or changes its meaning; readers pass over what they do not know. Every text is
 * masked.
 */

/** How something ended; null while it has not. */
const Conclusion = z.enum(['success', 'failure', 'cancelled', 'skipped', 'timed_out'])
/** `planned` only with --dry-run: it would run, and nothing did. */
const Status = z.enum(['planned', 'in_progress', 'completed'])
const DurationMs = z.number().int().nonnegative().nullable()

/** When a workflow begins and when it ended. */
const RunLine = z.object({
  type: z.literal('run'),
  /** The version of this protocol. */
  protocol: z.literal(1),
  /** Names the run; every other line of it has the same. */
  run: z.string(),
  /** The file, relative to the root of the checkout. */
  workflow: z.string(),
  name: z.string(),
  event: z.string(),
  /** The commit that runs: uncommitted changes make one of their own. Null with --dry-run. */
  commit: z.string().nullable(),
  ref: z.string(),
  sandbox: z.string().nullable(),
  status: Status,
  conclusion: Conclusion.nullable(),
  durationMs: DurationMs,
})

/** When a job begins and when it ended; one that never began is told once. A leg of a matrix is a job. */
const JobLine = z.object({
  type: z.literal('job'),
  run: z.string(),
  /** Its key; of a leg `key (value, value)`. */
  job: z.string(),
  needs: z.array(z.string()),
  status: Status,
  conclusion: Conclusion.nullable(),
  durationMs: DurationMs,
  /** Why it is not a success. */
  reason: z.string().optional(),
})

/** When a step begins and when it ended; a skipped one is told once. */
const StepLine = z.object({
  type: z.literal('step'),
  run: z.string(),
  job: z.string(),
  /** Its number within the job, from 1. */
  step: z.number().int().positive(),
  name: z.string(),
  status: Status,
  /** Before `continue-on-error`. */
  outcome: Conclusion.nullable(),
  conclusion: Conclusion.nullable(),
  durationMs: DurationMs,
  exitCode: z.number().int().optional(),
  reason: z.string().optional(),
})

const place = { run: z.string(), job: z.string(), step: z.number().int().positive() }

/** One line of a step's log. */
const LogLine = z.object({
  type: z.literal('log'),
  ...place,
  /** Milliseconds since 1970. */
  at: z.number(),
  stream: z.enum(['stdout', 'stderr', 'system']),
  /** Without its end; colours of the terminal stay in it. */
  text: z.string(),
})

const AnnotationLine = z.object({
  type: z.literal('annotation'),
  ...place,
  level: z.enum(['notice', 'warning', 'error']),
  message: z.string(),
  title: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  endLine: z.number().int().optional(),
  column: z.number().int().optional(),
  endColumn: z.number().int().optional(),
})

/** What a step wrote to GITHUB_STEP_SUMMARY: Markdown. */
const SummaryLine = z.object({ type: z.literal('summary'), ...place, text: z.string() })

/** An output of a step, or with `step` null of a job. */
const OutputLine = z.object({
  type: z.literal('output'),
  run: z.string(),
  job: z.string(),
  step: z.number().int().positive().nullable(),
  name: z.string(),
  value: z.string(),
})

/** What is wrong with a workflow file, or strange about how it was run. */
const DiagnosticLine = z.object({
  type: z.literal('diagnostic'),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  /** As it is reached from the current folder. */
  file: z.string(),
  line: z.number().int().positive(),
  column: z.number().int().positive(),
})

/** One line of `signalbox run --json`; `signalbox lint --json` prints those of the type `diagnostic`. */
export const LocalRunLine = z.discriminatedUnion('type', [
  RunLine,
  JobLine,
  StepLine,
  LogLine,
  AnnotationLine,
  SummaryLine,
  OutputLine,
  DiagnosticLine,
])
export type LocalRunLine = z.infer<typeof LocalRunLine>
