import { Failure } from '@signalbox/core/base/failure.ts'
import { type ExecHost, run } from './exec.ts'

/** How long archives may take: what runs inside can stop the tar that makes or unpacks them. */
const ARCHIVE_MS = 10 * 60_000

/** Unpacks a tar stream into a folder inside, as the sandbox's user. */
export async function unpack(host: ExecHost, target: string, tar: AsyncIterable<Uint8Array>): Promise<void> {
  await runChecked(host, ['mkdir', '-p', target])
  await runChecked(host, ['tar', '-x', '--no-same-owner', '-C', target], tar)
}

async function runChecked(host: ExecHost, argv: string[], stdin?: AsyncIterable<Uint8Array>): Promise<void> {
  let errors = ''
  const onOutput = (_: string, chunk: Uint8Array): void => {
    if (errors.length < 2000) errors += Buffer.from(chunk).toString('utf8')
  }
  const env = { PATH: '/usr/bin:/bin' }
  const result = await run(host, argv, {
    service: false,
    stdin,
    onOutput,
    env,
    cwd: '/',
    timeoutMs: ARCHIVE_MS,
  }).result
  if (result.code !== 0) {
    throw new Failure(
      'sandbox-archive',
      `${argv[0]} failed inside the sandbox: ${errors.trim() || (result.killedBy ?? result.code)}`,
    )
  }
}

/** A tar stream of a folder inside, cut off with an error beyond maxBytes. */
export async function* archiveOf(host: ExecHost, path: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = []
  let wake: () => void = () => {}
  let taken: () => void = () => {}
  let over = false
  let errors = ''
  const abort = new AbortController()
  const finished = run(host, ['tar', '-c', '-C', path, '.'], {
    service: false,
    signal: abort.signal,
    timeoutMs: ARCHIVE_MS,
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    onOutput(stream, chunk) {
      if (stream === 'stderr') {
        if (errors.length < 2000) errors += Buffer.from(chunk).toString('utf8')
        return
      }
      queue.push(chunk)
      wake()
      return new Promise((resolve) => {
        taken = resolve
      })
    },
  }).result.finally(() => {
    over = true
    wake()
  })
  finished.catch(() => {})
  let total = 0
  try {
    for (;;) {
      const chunk = queue.shift()
      if (chunk === undefined) {
        if (over) break
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      total += chunk.byteLength
      if (total > maxBytes)
        throw new Failure(
          'sandbox-archive-too-large',
          `The archive of ${path} has more than ${maxBytes} bytes.`,
        )
      yield chunk
      taken()
    }
    const result = await finished
    if (result.code !== 0)
      throw new Failure(
        'sandbox-archive',
        `tar failed inside the sandbox: ${errors.trim() || (result.killedBy ?? result.code)}`,
      )
  } finally {
    taken()
    if (!over) abort.abort()
  }
}
