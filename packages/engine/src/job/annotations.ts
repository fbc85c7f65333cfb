/** What a step said about a place of the code, or about itself. */
export interface Annotation {
  level: 'notice' | 'warning' | 'error'
  message: string
  title?: string
  file?: string
  line?: number
  endLine?: number
  column?: number
  endColumn?: number
}

/** What a step may add; GitHub shows fewer. */
export const maxAnnotations = 50
const maxMessage = 4096
const maxWord = 1024

/** The annotation of a `::error file=…::message` line, whose properties and message are still escaped. */
export function annotationOf(level: Annotation['level'], properties: string, message: string): Annotation {
  const found = new Map(
    properties.split(',').flatMap((pair) => {
      const at = pair.indexOf('=')
      return at > 0
        ? [[pair.slice(0, at).trim().toLowerCase(), unescapeProperty(pair.slice(at + 1)).trim()]]
        : []
    }),
  )
  const word = (name: string) => found.get(name)?.slice(0, maxWord) || undefined
  const count = (name: string) => {
    const value = Number(found.get(name) || Number.NaN)
    return Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : undefined
  }
  return {
    level,
    message: unescapeData(message).slice(0, maxMessage),
    title: word('title'),
    file: word('file'),
    line: count('line'),
    endLine: count('endline'),
    column: count('col'),
    endColumn: count('endcolumn'),
  }
}

/** The message of a command as it was meant. */
export function unescapeData(text: string): string {
  return text.replace(/%0D/gi, '\r').replace(/%0A/gi, '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return text
    .replace(/%0D/gi, '\r')
    .replace(/%0A/gi, '\n')
    .replace(/%3A/gi, ':')
    .replace(/%2C/gi, ',')
    .replaceAll('%25', '%')
}
