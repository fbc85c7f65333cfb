import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { HappenedEvent } from '@signalbox/core/events/triggered.ts'
import { type EventName, eventFacts } from '@signalbox/core/workflow/read/event-table.ts'
import { z } from 'zod'

/** What filters of a workflow ask of a payload; a field of another type counts as not there. */
const Facts = z.object({
  action: z.string().optional().catch(undefined),
  ref: z.string().optional().catch(undefined),
  schedule: z.string().optional().catch(undefined),
  pull_request: z
    .object({ base: z.object({ ref: z.string() }) })
    .optional()
    .catch(undefined),
  workflow_run: z.object({ name: z.string(), head_branch: z.string() }).partial().optional().catch(undefined),
  head_commit: z.object({ message: z.string() }).optional().catch(undefined),
})

/** The name of an event as the language has it. Throws a Failure `usage` for another one. */
export function eventNamed(name: string): EventName {
  const facts = eventFacts(name)
  if (facts) return facts.name
  throw new Failure('usage', `There is no event ${name}.`, {
    hint: 'Write it as under "on": push, pull_request, workflow_dispatch …',
  })
}

/** An event in a checkout, as its payload or its branch tells it. What changed is not known: paths do not stop it. */
export function happenedHere(root: string, name: EventName, payload: unknown): HappenedEvent {
  const facts = Facts.parse(payload ?? {})
  return {
    name,
    action: facts.action,
    ref: facts.ref ?? (facts.pull_request ? 'refs/pull/0/merge' : headOf(root)),
    branch: facts.pull_request?.base.ref ?? facts.workflow_run?.head_branch,
    message: facts.head_commit?.message,
    workflow: facts.workflow_run?.name,
    schedule: facts.schedule,
  }
}

function headOf(root: string): string {
  const written = readTextOf(join(root, '.git/HEAD'))
  const ref = /^ref: (refs\/heads\/.+)\n$/.exec(written)?.[1]
  // A reference table keeps it elsewhere, and a worktree in another folder.
  if (ref !== undefined && ref !== 'refs/heads/.invalid') return ref
  const asked = spawnSync('git', ['symbolic-ref', '--quiet', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim() : ''
}

function readTextOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
