import { Failure } from '@signalbox/core/base/failure.ts'
import type { Sandbox } from '../../sandbox/port.ts'
import { places } from './step-files.ts'

const maxListBytes = 32 * 1024 * 1024

/** Regular files of the workspace, relative to it, in the order of their names; links are not followed and left out. */
export async function listFiles(sandbox: Sandbox, signal?: AbortSignal): Promise<string[]> {
  const chunks: Buffer[] = []
  let size = 0
  const tooLong = new AbortController()
  const stop = signal ? AbortSignal.any([signal, tooLong.signal]) : tooLong.signal
  const { code } = await sandbox.exec(['find', '.', '-type', 'f', '-print0'], {
    cwd: places.workspace,
    timeoutMs: 120_000,
    signal: stop,
    onOutput(stream, chunk) {
      if (stream !== 'stdout') return
      size += chunk.length
      if (size > maxListBytes) tooLong.abort()
      else chunks.push(Buffer.from(chunk))
    },
  })
  if (tooLong.signal.aborted) throw new Failure('too-many-files', 'the workspace has too many files to list')
  if (code !== 0) throw new Failure('sandbox-unusable', 'the files of the workspace could not be listed')
  const names = Buffer.concat(chunks).toString().split('\0')
  return names
    .filter((name) => name.startsWith('./'))
    .map((name) => name.slice(2))
    .sort()
}
