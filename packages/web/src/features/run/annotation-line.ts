import type { AnnotationView } from '@signalbox/core/contract/views/runs.ts'
import { readLogCommand } from '../../lib/log-command.ts'
import type { LogModel } from '../../lib/log-model.ts'

/** Number of the line of the log in which a step said something; null when the log does not have it. */
export function annotationLine(
  model: Pick<LogModel, 'lines'>,
  said: Pick<AnnotationView, 'step' | 'level' | 'message'>,
): number | null {
  const message = plain(said.message)
  for (const line of model.lines()) {
    if (line.step !== said.step || !line.text.includes('::')) continue
    const read = readLogCommand(line.text)
    if (read.kind === 'text' && read.level === said.level && plain(read.text).includes(message)) return line.n
  }
  return null
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** The place of the code as people write it: `src/a.ts:4:2`; empty when none was named. */
export function placeOf(said: Pick<AnnotationView, 'file' | 'line' | 'column'>): string {
  if (!said.file) return ''
  return [said.file, said.line, said.line === null ? null : said.column]
    .filter((part) => part !== null)
    .join(':')
}
