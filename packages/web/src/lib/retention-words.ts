import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'

/** What would be deleted, in words; empty when nothing would. */
export function oldWords(preview: RetentionPreview): string {
  const size = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MB`
  const parts: [number, string][] = [
    [preview.changes, `${preview.changes} changes`],
    [preview.runs, `${preview.runs} runs`],
    [preview.logs, `${preview.logs} logs (${size(preview.logBytes)})`],
    [preview.artifacts, `${preview.artifacts} artifacts (${size(preview.artifactBytes)})`],
    [preview.events, `${preview.events.toLocaleString()} events`],
    [preview.auditEntries, `${preview.auditEntries.toLocaleString()} audit entries`],
  ]
  return parts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(', ')
}
