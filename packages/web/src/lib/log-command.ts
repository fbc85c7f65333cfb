/** How much a line wants to be seen. */
export type LogLevel = 'error' | 'warning' | 'notice' | 'debug' | null

/** What a line is: a fold's beginning or end, or text with a level. */
export type LogCommand =
  | { kind: 'group'; title: string }
  | { kind: 'endgroup' }
  | { kind: 'text'; level: LogLevel; text: string }

const command = /^\s*::([A-Za-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::([\s\S]*)$/
const words: Record<string, { level: LogLevel; word: string }> = {
  error: { level: 'error', word: 'Error' },
  warning: { level: 'warning', word: 'Warning' },
  notice: { level: 'notice', word: 'Notice' },
  debug: { level: 'debug', word: 'Debug' },
}
const start = '^(?:\\u001b\\[[0-9;]*m|\\s|\\[|\\()*'
const errorText = new RegExp(
  `${start}(?:error|fatal|panic|FAIL|FAILED|✗|✖|not ok \\d|npm (?:ERR!|error)|[A-Z][A-Za-z]*Error:|E\\s{3,})(?![a-z/.-])`,
)
const anyCaseError = new RegExp(
  `${start}error(?:\\[[A-Z]\\d+\\])?(?:\\u001b\\[[0-9;]*m)*:|\\berror TS\\d+:`,
  'i',
)
const warningText = new RegExp(`${start}(?:warn|warning|npm warn)(?:\\u001b\\[[0-9;]*m|\\])*[: ]`, 'i')

/** A line of a log, read for folding and marking. Between `stop-commands` and its token call `levelOf` instead. */
export function readLogCommand(line: string): LogCommand {
  if (!line.includes('::')) return { kind: 'text', level: levelOf(line), text: line }
  const match = command.exec(line)
  const name = match?.[1]?.toLowerCase() ?? ''
  const value = match?.[3] ?? ''
  if (name === 'group') return { kind: 'group', title: unescapeValue(value) }
  if (name === 'endgroup') return { kind: 'endgroup' }
  const word = words[name]
  if (!match || !word) return { kind: 'text', level: levelOf(line), text: line }
  const { title, file, line: at } = properties(match[2] ?? '')
  const place = file ? ` (${file}${at ? `:${at}` : ''})` : ''
  const text = `${word.word}: ${title ? `${title}: ` : ''}${unescapeValue(value)}${place}`
  return { kind: 'text', level: word.level, text }
}

/** The token of a `::stop-commands::token` line; null of any other. */
export function stopToken(line: string): string | null {
  return /^\s*::stop-commands::(.+)$/.exec(line)?.[1]?.trim() ?? null
}

/** What the words of a line say about it; only its beginning is looked at. */
export function levelOf(line: string): LogLevel {
  const head = line.length > 160 ? line.slice(0, 160) : line
  if (errorText.test(head) || anyCaseError.test(head)) return 'error'
  return warningText.test(head) ? 'warning' : null
}

function properties(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').flatMap((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [] : [[part.slice(0, at).trim(), unescapeValue(part.slice(at + 1))]]
    }),
  )
}

/** Of a command's value and properties; line ends become a space, since a row is one line. */
function unescapeValue(value: string): string {
  return value
    .replaceAll(/%0[AD]/gi, ' ')
    .replaceAll(/%3A/gi, ':')
    .replaceAll(/%2C/gi, ',')
    .replaceAll('%25', '%')
    .trim()
}
