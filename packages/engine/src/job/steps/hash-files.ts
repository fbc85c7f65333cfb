import { createHash } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import { filePatterns } from './globs.ts'
import { listFiles } from './list-files.ts'
import { places } from './step-files.ts'

/** What expressions of one step learned of the workspace's files; they are looked at once for each step. */
export interface FileHashes {
  /** For `hashFiles()`; throws what `known` catches when the answer is not known yet. */
  answer(patterns: string[]): string
  /** Evaluates, looking at files as often as an expression asks for others. */
  known<T>(evaluate: () => T): Promise<T>
  /** The files may have changed. */
  forget(): void
}

class Wanted extends Failure {
  readonly patterns: string[]

  constructor(patterns: string[]) {
    super('files-wanted', 'hashFiles is not possible here')
    this.patterns = patterns
  }
}

const maxQuestions = 50

/** Hashes of files in the workspace of the sandbox of this moment, as GitHub computes them: the hash of the files' own, in their order. */
export function createFileHashes(sandbox: () => Sandbox, workspace: string): FileHashes {
  const answers = new Map<string, string>()
  const keyOf = (patterns: string[]) => JSON.stringify(patterns)
  return {
    answer(patterns) {
      const answer = answers.get(keyOf(patterns))
      if (answer === undefined) throw new Wanted(patterns)
      return answer
    },
    async known(evaluate) {
      for (let asked = 0; ; asked++) {
        try {
          return evaluate()
        } catch (error) {
          if (!(error instanceof Wanted) || asked >= maxQuestions) throw error
          answers.set(keyOf(error.patterns), await hashOf(sandbox(), error.patterns, workspace))
        }
      }
    },
    forget: () => answers.clear(),
  }
}

async function hashOf(sandbox: Sandbox, patterns: string[], workspace: string): Promise<string> {
  const lines = patterns.flatMap((pattern) => pattern.split('\n'))
  const chosen = filePatterns(lines, workspace)
  const files = (await listFiles(sandbox)).filter((file) => chosen.matches(file))
  if (files.length === 0) return ''
  let out = ''
  const { code } = await sandbox.exec(['xargs', '-0', 'sha256sum', '-z', '--'], {
    cwd: places.workspace,
    stdin: files.join('\0'),
    timeoutMs: 120_000,
    onOutput(stream, chunk) {
      if (stream === 'stdout') out += Buffer.from(chunk).toString('latin1')
    },
  })
  const hashes = out.split('\0').flatMap((line) => /^\\?([0-9a-f]{64}) /.exec(line)?.[1] ?? [])
  if (code !== 0 || hashes.length !== files.length) {
    throw new Failure('expression-failed', 'hashFiles could not read all of the files')
  }
  const all = createHash('sha256')
  for (const hash of hashes) all.update(Buffer.from(hash, 'hex'))
  return all.digest('hex')
}
