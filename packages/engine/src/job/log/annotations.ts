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

/** What a command or a problem matcher says, before it is checked. Empty texts are nothing. */
export interface AnnotationWords {
  message: string
  title?: string | undefined
  file?: string | undefined
  line?: string | undefined
  endLine?: string | undefined
  column?: string | undefined
  endColumn?: string | undefined
}

/**
 * The annotation of what was said, with the places that make sense, as GitHub's runner has it: an end without a
 * beginning is the beginning, columns need a line and only one of them, an end before its beginning takes both away.
 */
export function annotationOf(level: Annotation['level'], words: AnnotationWords): Annotation {
  const word = (text: string | undefined) => text?.trim().slice(0, maxWord) || undefined
  const place = placeOf(words)
  return {
    level,
    message: words.message.slice(0, maxMessage),
    title: word(words.title),
    file: word(words.file),
    ...place,
  }
}

function placeOf(words: AnnotationWords): Pick<Annotation, 'line' | 'endLine' | 'column' | 'endColumn'> {
  const endLine = count(words.endLine)
  const endColumn = count(words.endColumn)
  const line = count(words.line) ?? endLine
  const column = count(words.column) ?? endColumn
  const backwards = line !== undefined && endLine !== undefined && endLine < line
  if (line === undefined || backwards) return {}
  const severalLines = endLine !== undefined && endLine !== line
  const columnsBackwards = column !== undefined && endColumn !== undefined && endColumn < column
  return severalLines || columnsBackwards ? { line, endLine } : { line, endLine, column, endColumn }
}

function count(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || Number.NaN)
  return Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : undefined
}
