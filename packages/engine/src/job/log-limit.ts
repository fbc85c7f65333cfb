import type { LogLine } from './port.ts'

/** What a step's log may hold, in characters, before lines are left out; and how many of the last ones stay. */
export const maxStepLogChars = 16 * 1024 * 1024
export const keptTailLines = 500

/** Lets a step's first lines through, and of those beyond the limit only the last. */
export interface LogLimit {
  add(line: LogLine): void
  /** Passes on how many lines are left out, and the last ones. */
  end(): void
}

/** A limit before `pass`: a command that prints without end fills neither database nor disk. */
export function createLogLimit(
  pass: (line: LogLine) => void,
  limits: { chars: number; tailLines: number } = { chars: maxStepLogChars, tailLines: keptTailLines },
): LogLimit {
  let room = limits.chars
  let tail: LogLine[] = []
  let leftOut = 0

  function drop(lines: number): void {
    leftOut += lines
    tail = tail.slice(lines)
  }
  return {
    add(line) {
      room -= line.text.length
      if (room >= 0) return pass(line)
      tail.push(line)
      // In strides: cutting an array for every line would be quadratic.
      if (tail.length >= 2 * limits.tailLines) drop(tail.length - limits.tailLines)
    },
    end() {
      if (tail.length > limits.tailLines) drop(tail.length - limits.tailLines)
      const [first] = tail
      if (first && leftOut > 0) {
        const text = `The log of this step is too long: ${leftOut} lines are left out here.`
        pass({ at: first.at, stream: 'system', text })
      }
      leftOut = 0
      for (const line of tail.splice(0)) pass(line)
    },
  }
}
