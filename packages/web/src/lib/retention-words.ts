import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import { bytes, plural } from './format.ts'

/** What would be deleted, in words; empty when nothing would. */
export function oldWords(preview: RetentionPreview): string {
  const { changes, runs, logs, artifacts, events, auditEntries } = preview
  const parts: [number, string][] = [
    [changes, plural(changes, 'change')],
    [runs, plural(runs, 'run')],
    [logs, `${plural(logs, 'log')} (${bytes(preview.logBytes)})`],
    [artifacts, `${plural(artifacts, 'artifact')} (${bytes(preview.artifactBytes)})`],
    [events, `${events.toLocaleString()} ${events === 1 ? 'event' : 'events'}`],
    [auditEntries, `${auditEntries.toLocaleString()} audit ${auditEntries === 1 ? 'entry' : 'entries'}`],
  ]
  return parts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(', ')
}

/** What would be deleted now, as a sentence. */
export function oldSentence(preview: RetentionPreview): string {
  const words = oldWords(preview)
  return words === '' ? 'Nothing would be deleted now.' : `Would be deleted now: ${words}.`
}
