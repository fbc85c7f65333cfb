import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram } from './host.ts'

const run = promisify(execFile)

/**
 * Removes a folder that hostile code has filled, after its death. By rm(1), which walks by descriptors: paths may
 * be longer than the kernel takes in one piece. An overlay's work folder and folders of mode 0 want a chmod first.
 */
export async function removeTree(path: string): Promise<void> {
  const remove = (): Promise<unknown> => run(requireProgram('rm'), ['-rf', '--', path], { env: {} })
  try {
    await remove()
  } catch {
    await run(requireProgram('chmod'), ['-R', 'u+rwX', '--', path], { env: {} }).catch(() => {})
    await remove()
  }
}
