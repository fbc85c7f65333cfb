import { Failure } from '@signalbox/core/base/failure.ts'
import type { Finding } from '../api/server-deps.ts'

/** Nothing to mend. */
export function ok(part: string, text: string): Finding {
  return { severity: 'ok', part, text, mend: null }
}

/** Nothing to mend, but to know. */
export function note(part: string, text: string): Finding {
  return { severity: 'note', part, text, mend: null }
}

/** It works, and will not for long. */
export function warning(part: string, text: string, mend: string): Finding {
  return { severity: 'warning', part, text, mend }
}

/** Something does not work, or is open to others. */
export function wrong(part: string, text: string, mend: string): Finding {
  return { severity: 'error', part, text, mend }
}

/** What an error says; a Failure's own hint, where it has one, is how to mend it. */
export function failed(part: string, error: unknown, mend: string): Finding {
  const text = error instanceof Error ? error.message : String(error)
  return wrong(part, text, (error instanceof Failure ? error.hint : undefined) ?? mend)
}

const labels: Record<Finding['severity'], string> = {
  ok: 'ok   ',
  note: 'note ',
  warning: 'WARN ',
  error: 'WRONG',
}

/** A finding for a terminal; how to mend it stands on a line of its own. */
export function findingText({ severity, part, text, mend }: Finding): string {
  const head = `${labels[severity]}  ${part.padEnd(12)} ${text}\n`
  return mend === null ? head : `${head}       ${' '.repeat(12)} → ${mend}\n`
}
