import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type ControlClient, controlOver } from '../../linux/control/client.ts'

const START_TIMEOUT_MS = 20_000

/** Starts the process that starts all commands; it ends by itself, with all of them, when this process does. */
export async function startStarter(options: {
  /** `NAME=value` in the environment of everything that it starts. */
  run: string
  keyPrefix: string
  /** Removed at the end. */
  folder: string
}): Promise<ControlClient> {
  const config = JSON.stringify({ ...options, log: null, logMaxBytes: 0 })
  const child = spawn(
    process.execPath,
    [
      ...['--v8-pool-size=1', '--max-semi-space-size=1', '--disable-sigusr1'],
      ...[join(import.meta.dirname, 'init.cjs'), config],
    ],
    // Away from the terminal's Ctrl-C; nothing of our environment, which holds what steps must not see.
    { cwd: '/', detached: true, env: {}, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => {
      reject(new Failure('sandbox-start', `Commands cannot be started here: ${cause.message}`, { cause }))
    })
  })
  const socket = child.stdio[3]
  if (!(socket instanceof Socket)) throw new Failure('sandbox-start', 'Commands cannot be started here.')
  const control = await Promise.race([controlOver(socket, START_TIMEOUT_MS), failed])
  child.unref()
  return control
}
