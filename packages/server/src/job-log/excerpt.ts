import type { NumberedLine } from '../db/log-chunks.ts'

/** What of a log is wanted, within a budget of tokens. */
export interface ExcerptWish {
  /** The end; lines that hold a text; what stands around the first error. */
  mode: 'tail' | 'search' | 'error'
  /** Of `search`: plain text, in whatever case. */
  text?: string
  /** Only lines of these steps; undefined: of all. */
  steps?: ReadonlySet<number>
  /** As models count them, about four characters each. */
  tokens: number
  /** Of `search`: lines before and after each match. */
  context: number
}

export interface Excerpt {
  lines: NumberedLine[]
  /** Of what was read. */
  matches: number
  /** Something that was wanted did not fit. */
  truncated: boolean
  /** What the lines come to. */
  tokens: number
}

const charsPerToken = 4
/** A line is cut here: a minified bundle in a message says nothing further on. */
const maxLineChars = 1000
/** Of the budget, for what stands before the first error. */
const shareBefore = 0.4

/** What test runners, compilers and shells print when something went wrong. */
const errorWords =
  /(?:^|\s|\b)(?:error(?:\[\w+\]| [A-Z]+\d+)?:|##\[error\]|fatal:|panic:|uncaught|unhandled|traceback \(most recent|assertion ?error|exception in|segmentation fault|command not found|cannot find module|npm err!|not ok \d|✖|✗|×|--- fail|(?<!\b0 )\bfail(?:ed|ure)?\b(?!\s*:?\s*0\b))/i
const colours = /\x1b\[[0-9;?]*[ -/]*[@-~]/g

/** Cuts the part of a log that a model should read first, in one pass over its pages and in bounded memory. */
export async function excerpt(pages: AsyncIterable<NumberedLine[]>, wish: ExcerptWish): Promise<Excerpt> {
  const cut = cutters[wish.mode](wish)
  for await (const page of pages) {
    for (const line of page) {
      if (wish.steps && !wish.steps.has(line.s)) continue
      const text = line.x.replace(colours, '')
      const over = text.length - maxLineChars
      cut.line({ ...line, x: over > 0 ? `${text.slice(0, maxLineChars)} … (${over} more characters)` : text })
      if (cut.done()) return cut.end()
    }
  }
  return cut.end()
}

interface Cutter {
  line(line: NumberedLine): void
  /** No further line would change anything. */
  done(): boolean
  end(): Excerpt
}

const cutters: Record<ExcerptWish['mode'], (wish: ExcerptWish) => Cutter> = {
  tail: (wish) => cutTail(wish.tokens),
  search: cutMatches,
  error: cutError,
}

/** The newest lines that fit. */
function createRing(budget: number) {
  const lines: NumberedLine[] = []
  let first = 0
  let tokens = 0
  let dropped = 0
  let limit = budget
  function shrink(): void {
    while (tokens > limit && first < lines.length - 1) {
      tokens -= tokensOf(lines[first])
      first++
      dropped++
    }
    // What was passed over is let go of from time to time.
    if (first > 1000 && first > lines.length / 2) {
      lines.splice(0, first)
      first = 0
    }
  }
  return {
    add(line: NumberedLine) {
      lines.push(line)
      tokens += tokensOf(line)
      shrink()
    },
    shrinkTo(next: number) {
      limit = next
      shrink()
    },
    lines: () => lines.slice(first),
    tokens: () => tokens,
    dropped: () => dropped,
  }
}

function cutTail(budget: number): Cutter {
  const ring = createRing(budget)
  return {
    line: ring.add,
    done: () => false,
    end: () => ({ lines: ring.lines(), matches: 0, truncated: ring.dropped() > 0, tokens: ring.tokens() }),
  }
}

/** Around the first line that looks like an error; without one, the end. */
function cutError({ tokens: budget }: ExcerptWish): Cutter {
  const before = createRing(budget)
  const after: NumberedLine[] = []
  let found = false
  let tokens = 0
  let full = false
  return {
    line(line) {
      if (!found && !errorWords.test(line.x)) return before.add(line)
      if (!found) {
        found = true
        before.shrinkTo(Math.max(0, budget * shareBefore - tokensOf(line)))
      }
      const next = tokensOf(line)
      full = after.length > 0 && before.tokens() + tokens + next > budget
      if (full) return
      after.push(line)
      tokens += next
    },
    done: () => full,
    end: () => ({
      lines: [...before.lines(), ...after],
      matches: found ? 1 : 0,
      truncated: full || before.dropped() > 0,
      tokens: before.tokens() + tokens,
    }),
  }
}

function cutMatches({ text = '', tokens: budget, context }: ExcerptWish): Cutter {
  const needle = text.toLowerCase()
  const lines: NumberedLine[] = []
  let waiting: NumberedLine[] = []
  let following = 0
  let matches = 0
  let tokens = 0
  let full = false
  function take(line: NumberedLine): void {
    const next = tokensOf(line)
    full ||= lines.length > 0 && tokens + next > budget
    if (full) return
    lines.push(line)
    tokens += next
  }
  return {
    line(line) {
      if (line.x.toLowerCase().includes(needle)) {
        matches++
        for (const earlier of waiting) take(earlier)
        waiting = []
        take(line)
        following = context
      } else if (following > 0) {
        following--
        take(line)
      } else if (context > 0) {
        waiting.push(line)
        if (waiting.length > context) waiting.shift()
      }
    },
    done: () => full,
    end: () => ({ lines, matches, truncated: full, tokens }),
  }
}

function tokensOf(line: NumberedLine | undefined): number {
  return line === undefined ? 0 : Math.ceil((line.x.length + 1) / charsPerToken)
}
