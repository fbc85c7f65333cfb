import { open, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ResolvedAction } from './port.ts'
import { startBounded } from './run-bounded.ts'
import { tooLarge, wordsOf } from './source-git.ts'

/** The files of a folder as they stand, put there by whoever runs this machine; its `.git` is left out. */
export function plainTree(folder: string, commit: string | undefined): ResolvedAction {
  return {
    ...(commit === undefined ? {} : { commit }),
    from: 'mirror',
    async readFile(path, { maxBytes }) {
      const root = await realpath(folder)
      const file = await realpath(join(root, path)).catch(() => undefined)
      if (file === undefined || !file.startsWith(`${root}/`)) return undefined
      const { size } = await stat(file)
      if (size > maxBytes) throw tooLarge(maxBytes)
      const handle = await open(file)
      try {
        if (!(await handle.stat()).isFile()) return undefined
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0)
        return buffer.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    archive: (options) => tarOf(folder, options),
  }
}

async function* tarOf(
  folder: string,
  options: { maxBytes: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const running = startBounded({
    argv: ['tar', '-c', '--mode=a-w,a+rX', '--anchored', '--exclude=./.git', '-C', folder, '.'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    timeoutMs: 120_000,
    ...options,
  })
  yield* running.out
  const { code, ended, words } = await running.done
  if (ended === 'too-large') throw tooLarge(options.maxBytes)
  if (code !== 0 || ended)
    throw new Failure('action-source', `${folder} cannot be read: ${wordsOf({ words, ended })}`)
}
