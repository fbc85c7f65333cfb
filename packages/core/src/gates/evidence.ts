/** What a failed step left behind. */
export interface FailureFacts {
  job: string
  step: string
  exitCode: number | null
  /** The engine's own words, when it has some (`no answer on port 3000 within 60 s`). */
  reason: string | null
  /** The step's log, oldest first. */
  lines: string[]
}

/** A failure cut to what matters, for a person and for an agent. */
export interface Excerpt {
  summary: string
  text: string
  /** The same for the same failure, whatever times, ports, ids and paths it names; to be hashed. */
  fingerprintSource: string
}

const maxLines = 80
const maxChars = 8000
const exitCodeOnly = /^(error: )?exit code \d+\.?$/i
/** Of a log without a telling word, for its fingerprint. */
const lastLines = 20
const ansi = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g
const telling =
  /\b(error|fail(ed|ure|ing)?|assert\w*|expected|actual|exception|panic|cannot|not ok|undefined|refused|denied|timed? ?out)\b|✖|✗|×/i

/** Picks the lines that tell what went wrong: those around telling words, and the end of the log. */
export function excerptOf(failure: FailureFacts): Excerpt {
  const plain = failure.lines.map((line) => line.replaceAll(ansi, '').trimEnd())
  // The engine ends a failed step's log with its exit code, which is told already and would hide the rest.
  const lines = plain.filter((line) => !exitCodeOnly.test(line))
  const chosen = chooseLines(lines)
  // The engine's own words say more than the log, unless all they say is the exit code.
  const reason = failure.reason && !exitCodeOnly.test(failure.reason) ? failure.reason : undefined
  const end = failure.exitCode === null ? '' : ` with exit code ${failure.exitCode}`
  const told = reason ?? firstTelling(lines)
  const summary = cut(`${failure.step} failed${end}${told ? `: ${told}` : '.'}`, 300)
  const text = cut([...(reason ? [reason, ''] : []), ...chosen].join('\n'), maxChars)
  const tellingLines = lines.filter((line) => telling.test(line)).slice(0, 40)
  // A log without a telling word is known by its end: else all of its failures would be the same.
  const marks = tellingLines.length > 0 ? tellingLines : lines.slice(-lastLines)
  const fingerprintSource = [
    failure.job,
    failure.step,
    String(failure.exitCode),
    ...[...(reason?.split('\n') ?? []), ...marks].map(normalise),
  ].join('\n')
  return { summary, text, fingerprintSource }
}

function firstTelling(lines: string[]): string | undefined {
  return lines.find((line) => telling.test(line))?.trim()
}

function chooseLines(lines: string[]): string[] {
  if (lines.length <= maxLines) return lines
  const keep = new Set<number>()
  for (let i = lines.length - maxLines / 4; i < lines.length; i++) keep.add(i)
  for (const [index, line] of lines.entries()) {
    if (!telling.test(line)) continue
    for (let i = index - 2; i <= index + 4 && keep.size < maxLines; i++) {
      if (i >= 0 && i < lines.length) keep.add(i)
    }
  }
  const chosen: string[] = []
  let previous = -1
  for (const [index, line] of lines.entries()) {
    if (!keep.has(index)) continue
    const gap = index - previous - 1
    if (gap > 0) chosen.push(`… ${gap} line${gap === 1 ? '' : 's'} left out …`)
    chosen.push(line)
    previous = index
  }
  return chosen
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`
}

/** Takes out what differs between two runs of the same failure. */
function normalise(line: string): string {
  return line
    .replaceAll(/0x[0-9a-f]+|\b[0-9a-f]{7,}\b/gi, '#')
    .replaceAll(/\/[\w./@-]+/g, '/…')
    .replaceAll(/\d+(\.\d+)?/g, '0')
    .trim()
}
