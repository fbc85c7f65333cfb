import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from '@signalbox/core/base/failure.ts'
import { requireProgram } from '../sandbox/linux/host.ts'

const run = promisify(execFile)
const limitMs = 10 * 60_000

/**
 * Bytes that a sealed layer takes on the disk, and makes sure that they are on it: a row may name it only then.
 * By du(1), which follows no links and walks by descriptors. Failure `snapshot-unmeasured`.
 */
export async function measureLayer(path: string): Promise<number> {
  try {
    await run(requireProgram('sync'), ['-f', '--', path], { env: {}, timeout: limitMs })
    const args = ['-s', '-x', '--block-size=1', '--', path]
    const { stdout } = await run(requireProgram('du'), args, { env: {}, timeout: limitMs })
    const size = Number.parseInt(stdout, 10)
    if (Number.isFinite(size)) return size
    throw new Error(`du printed ${stdout.slice(0, 100)}`)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('snapshot-unmeasured', `A layer could not be measured: ${why}`, { cause })
  }
}
