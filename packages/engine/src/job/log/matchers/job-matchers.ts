import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox } from '../../../sandbox/port.ts'
import { places } from '../../steps/step-files.ts'
import { type CompiledMatcher, compileMatcher } from './compile.ts'
import { invalid, type MatcherConfig, parseMatchers } from './config.ts'

/** The problem matchers of a job: what one step registers, later steps and those beside it have too. */
export interface JobMatchers {
  /** The newest first. */
  readonly active: readonly CompiledMatcher[]
  /**
   * Registers those of a file inside the sandbox; one with the same owner is replaced. Answers warnings in words.
   * Throws a Failure `invalid-matcher`.
   */
  addFile(path: string): Promise<string[]>
  /** Takes matchers away by their owner, whatever its case. */
  remove(owners: readonly string[]): void
  /** Takes away those whose owners a file names. Throws a Failure `invalid-matcher`. */
  removeFile(path: string): Promise<void>
  /** Counts what matching a line cost; true when all matchers were taken away since they cost too much. */
  spent(ms: number): boolean
}

const maxFileBytes = 256 * 1024
/** A job has at most so many, each of which looks at each line. */
const maxMatchers = 100

/** Matching may take so long in a job before it is asked how long a line takes; then at most so long for each. */
const freeMs = 2000
const maxMsPerLine = 0.5

/** The matchers of a job whose files are read through its sandbox. */
export function createJobMatchers(sandbox: () => Pick<Sandbox, 'readFile'>): JobMatchers {
  let active: CompiledMatcher[] = []
  let spentMs = 0
  let lines = 0
  const without = (owners: readonly string[]) => {
    const gone = new Set(owners.map((owner) => owner.toLowerCase()))
    return active.filter((matcher) => !gone.has(matcher.owner.toLowerCase()))
  }
  return {
    get active() {
      return active
    },
    async addFile(path) {
      const warnings: string[] = []
      for (const config of await readConfigs(sandbox(), path)) {
        const compiled = compileMatcher(config)
        const rest = without([config.owner])
        if ('leftOut' in compiled) {
          warnings.push(`the problem matcher ${config.owner} is left out: ${compiled.leftOut}`)
        } else if (rest.length >= maxMatchers) {
          warnings.push(`the problem matcher ${config.owner} is left out: a job has at most ${maxMatchers}`)
        } else active = [compiled, ...rest]
      }
      return warnings
    },
    remove(owners) {
      active = without(owners)
    },
    async removeFile(path) {
      const configs = await readConfigs(sandbox(), path)
      active = without(configs.map((config) => config.owner))
    },
    spent(ms) {
      spentMs += ms
      lines += 1
      if (spentMs < freeMs || spentMs / lines < maxMsPerLine) return false
      active = []
      return true
    },
  }
}

async function readConfigs(sandbox: Pick<Sandbox, 'readFile'>, path: string): Promise<MatcherConfig[]> {
  const file = posix.resolve(places.workspace, path)
  let bytes: Uint8Array | undefined
  try {
    bytes = await sandbox.readFile(file, { maxBytes: maxFileBytes })
  } catch (cause) {
    throw invalid(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  if (!bytes) throw invalid(`${path}: there is no such file`)
  try {
    return parseMatchers(new TextDecoder().decode(bytes))
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw invalid(`${path}: ${cause.message}`, cause)
  }
}
