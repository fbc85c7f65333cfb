import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Platform, until } from '@signalbox/testing/platform.ts'

const root = resolve(import.meta.dirname, '..')

/** A worker as another machine has it: a data folder of its own, and nothing of the server's but what is named. */
export interface SecondWorker {
  dataDir: string
  output(): string
  /** SIGKILL to all of it; its data folder stays. */
  kill(): void
  /** Ends it and deletes its data folder. */
  destroy(): Promise<void>
}

/** Starts it against the platform's embedded database and git; resolves when it takes jobs. */
export async function startSecondWorker(
  platform: Platform,
  env: Record<string, string> = {},
): Promise<SecondWorker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-second-'))
  const fact = async (...path: string[]) => (await readFile(join(platform.dataDir, ...path), 'utf8')).trim()
  const password = encodeURIComponent(await fact('database', 'password'))
  const port = await fact('database', 'port')
  const child = spawn(process.execPath, [join(root, 'packages/client/bin/signalbox.mjs'), 'worker'], {
    env: {
      ...process.env,
      SIGNALBOX_DATA_DIR: dataDir,
      DATABASE_URL: `postgres://signalbox:${password}@127.0.0.1:${port}/signalbox`,
      SIGNALBOX_MASTER_KEY: await fact('master-key'),
      SIGNALBOX_SERVER_URL: `http://127.0.0.1:${platform.port}`,
      SIGNALBOX_LOG_LEVEL: 'info',
      ...env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const collect = (chunk: Buffer) => {
    said += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const kill = () => {
    if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const worker = {
    dataDir,
    output: () => said,
    kill,
    async destroy() {
      const alive = child.exitCode === null && child.signalCode === null
      const gone = alive ? new Promise((end) => child.once('exit', end)) : undefined
      kill()
      await gone
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
  try {
    await until(
      async () => said.includes('taking jobs'),
      60_000,
      () => said,
    )
    return worker
  } catch (error) {
    await worker.destroy()
    throw error
  }
}
