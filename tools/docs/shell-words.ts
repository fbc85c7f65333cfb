/** One simple command of a line: its words, assignments before it and redirections taken away. */
export type Words = string[]

const operators = /^(\|\||&&|;;|[|&;()\n]|[0-9]*[<>]+&?[0-9]*)/

/**
 * The simple commands of a shell text, as far as pages need it: quotes, comments, continued lines, pipes and lists,
 * here-documents not. What stands in `$( )` or in quotes stays one word.
 */
export function simpleCommands(text: string): Words[] {
  const commands: Words[] = []
  let words: Words = []
  let dropNext = false
  const end = () => {
    const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
    if (first >= 0) commands.push(words.slice(first))
    words = []
    dropNext = false
  }
  let rest = text.replaceAll('\\\n', ' ')
  while (rest !== '') {
    const blank = /^[ \t]+/.exec(rest)?.[0]
    const operator = operators.exec(rest)?.[0]
    if (blank) rest = rest.slice(blank.length)
    else if (rest.startsWith('#')) rest = rest.replace(/^[^\n]*/, '')
    else if (operator) {
      if (/[<>]/.test(operator)) dropNext = !/&[0-9]$/.test(operator)
      else end()
      rest = rest.slice(operator.length)
    } else {
      const { word, length } = takeWord(rest)
      if (!dropNext) words.push(word)
      dropNext = false
      rest = rest.slice(length)
    }
  }
  end()
  return commands
}

function takeWord(text: string): { word: string; length: number } {
  let word = ''
  let at = 0
  while (at < text.length && !/[\s|&;<>()]/.test(text[at] ?? '')) {
    const part = /^('[^']*'|"(?:\\[\s\S]|[^"\\])*"|\$\([^)]*\)|\\.|[\s\S])/.exec(text.slice(at))?.[0] ?? ''
    word += /^['"]/.test(part) ? part.slice(1, -1) : part
    at += part.length
  }
  return { word, length: Math.max(at, 1) }
}
