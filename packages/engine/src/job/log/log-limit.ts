import type { LogLine } from '../port.ts'

/**
 * What a step's log may cost before lines are left out, and how many of the last ones stay. The other limit is the
 * whole job's, in the server's reporter: it counts by the same measure and cuts what several steps come to.
 */
export const maxStepLogCost = 16 * 1024 * 1024
export const keptTailLines = 500

/** What a line costs those who keep it: its characters, and 64 for its time, its number and its place. */
export function logCost(text: string): number {
  return text.length + 64
}

/** Lets a step's first lines through, and of those beyond the limit only the last. */
export interface LogLimit {
  add(line: LogLine): void
  /** Passes on how many lines are left out, and the last ones. */
  end(): void
}

/** A limit before `pass`: a command that prints without end fills neither database nor disk. */
export function createLogLimit(
  pass: (line: LogLine) => void,
  limits: { cost: number; tailLines: number } = { cost: maxStepLogCost, tailLines: keptTailLines },
): LogLimit {
  let room = limits.cost
  let tail: LogLine[] = []
  let leftOut = 0

  function drop(lines: number): void {
    leftOut += lines
    tail = tail.slice(lines)
  }
  return {
    add(line) {
      room -= logCost(line.text)
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
