import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import type { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { jobAt } from '@signalbox/core/plan/job-path.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { LocalReporter } from './local-reporter.ts'

/** Prints one line of the protocol. */
export type Say = (line: LocalRunLine) => void

/** Prints a run as lines of the protocol `LocalRunLine`. */
export function jsonReporter(say: Say, now: () => number): LocalReporter {
  const startedAt = new Map<string, number>()
  let run = ''
  let workflow: Workflow | undefined
  let head: Omit<Extract<LocalRunLine, { type: 'run' }>, 'status' | 'conclusion' | 'durationMs'> | undefined
  const since = (key: string) => Math.max(0, now() - (startedAt.get(key) ?? now()))
  const needsOf = (job: string) => workflow && jobAt(workflow, job)?.needs
  return {
    begin(begun) {
      run = begun.id
      workflow = begun.workflow
      startedAt.clear()
      startedAt.set('', now())
      const { commit, ref, sandbox, event } = begun
      const name = workflow.name ?? workflow.file
      head = { type: 'run', protocol: 1, run, workflow: workflow.file, name, event, commit, ref, sandbox }
      say({ ...head, status: 'in_progress', conclusion: null, durationMs: null })
    },
    job(job) {
      startedAt.set(job, now())
      const needs = needsOf(job) ?? []
      say({ type: 'job', run, job, needs, status: 'in_progress', conclusion: null, durationMs: null })
      return {
        async stepStarted({ number: step, name }) {
          const open = { outcome: null, conclusion: null, durationMs: null }
          say({ type: 'step', run, job, step, name, status: 'in_progress', ...open })
        },
        async log(step, lines) {
          for (const { at, stream, text } of lines) say({ type: 'log', run, job, step, at, stream, text })
        },
        async annotation(step, annotation) {
          say({ type: 'annotation', run, job, step, ...annotation })
        },
        async summary(step, text) {
          say({ type: 'summary', run, job, step, text })
        },
        async stepCompleted({
          number: step,
          name,
          outcome,
          conclusion,
          exitCode,
          outputs,
          reason,
          durationMs,
        }) {
          for (const [key, value] of Object.entries(outputs)) {
            say({ type: 'output', run, job, step, name: key, value })
          }
          const ended = { status: 'completed' as const, outcome, conclusion, durationMs, exitCode, reason }
          say({ type: 'step', run, job, step, name, ...ended })
        },
      }
    },
    async jobCompleted(job, { conclusion, outputs, reason }) {
      for (const [name, value] of Object.entries(outputs)) {
        say({ type: 'output', run, job, step: null, name, value })
      }
      const durationMs = startedAt.has(job) ? Math.round(since(job)) : null
      const needs = needsOf(job) ?? []
      say({ type: 'job', run, job, needs, status: 'completed', conclusion, durationMs, reason })
    },
    end({ conclusion }) {
      if (head) say({ ...head, status: 'completed', conclusion, durationMs: Math.round(since('')) })
    },
  }
}

/** A diagnostic as a line of the protocol. */
export function diagnosticLine({ severity, code, message, hint, file, start }: Diagnostic): LocalRunLine {
  return { type: 'diagnostic', severity, code, message, hint, file, line: start.line, column: start.column }
}
