import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { binariesUnusable, otherVersion, startFailure } from './failures.ts'

/** The superuser of the embedded server, and the one database. */
export const superuser = 'signalbox'

/** What PostgreSQL's programs see of our environment: nothing that could be a secret. */
export const plainEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The password of the superuser, made once; only we can read the file. */
export async function readPassword(folder: string): Promise<string> {
  const path = join(folder, 'password')
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known.trim() !== '') return known.trim()
  const unfinished = `${path}.${process.pid}`
  await rm(unfinished, { force: true })
  const file = await open(unfinished, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(32).toString('base64url'))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  return (await readFile(path, 'utf8')).trim()
}

/**
 * Makes the data folder when it is missing, as a whole or not at all. Failure `database-version` when it is
 * of another major version.
 */
export async function prepareData(input: {
  folder: string
  binaries: Binaries
  account: Account
  password: string
}): Promise<string> {
  const data = join(input.folder, 'data')
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version.trim() === '') await initialise(data, input)
  else if (version.trim() !== input.binaries.major) {
    throw otherVersion(data, version.trim(), input.binaries.major)
  }
  return realpath(data)
}

async function initialise(
  data: string,
  input: { folder: string; binaries: Binaries; account: Account; password: string },
): Promise<void> {
  const unfinished = join(input.folder, `initdb-${process.pid}`)
  const passwordFile = join(unfinished, 'password')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(join(unfinished, 'data'), { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, input.password, { mode: 0o600 })
  const { ids } = input.account
  if (ids) {
    for (const path of [unfinished, join(unfinished, 'data'), passwordFile]) {
      await chown(path, ids.uid, ids.gid)
    }
  }
  try {
    // PostgreSQL's own C.UTF-8: the same order on every machine, whatever its C library.
    const args = ['-D', join(unfinished, 'data'), '-U', superuser, `--pwfile=${passwordFile}`]
    args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin')
    args.push('--builtin-locale=C.UTF-8', '--data-checksums')
    const result = await run(input.binaries.initdb, args, ids)
    if (result.exitCode !== 0) throw startFailure(input.folder, result.output)
    await rename(join(unfinished, 'data'), data)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

function run(
  program: string,
  args: string[],
  ids: Account['ids'],
): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...ids,
      cwd: '/',
      env: plainEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (output += part.toString()))
    child.on('error', (error) => reject(binariesUnusable(program, error)))
    child.on('close', (exitCode) => resolve({ exitCode, output }))
  })
}

/** The port that was used before, when it is free; else a free one, which is kept from then on. */
export async function choosePort(folder: string): Promise<number> {
  const path = join(folder, 'port')
  const kept = Number(await readFile(path, 'utf8').catch(() => '0'))
  if (Number.isInteger(kept) && kept > 0 && kept < 65536 && (await freePort(kept))) return kept
  const port = await freePort(0)
  if (port === undefined) throw new Error('no port is free on 127.0.0.1')
  await writeFile(`${path}.${process.pid}`, `${port}\n`)
  await rename(`${path}.${process.pid}`, path)
  return port
}

/** The port itself when it can be listened on; 0 asks for any. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}
