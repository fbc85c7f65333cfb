import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ensureIngress, stopIngress } from '@signalbox/engine/deploy/ingress/ensure.ts'
import { findPortHolder } from '@signalbox/engine/deploy/ingress/port-holder.ts'
import { isAlive, processRef } from '@signalbox/engine/sandbox/linux/processes.ts'
import { issueLoginToken } from '../auth/sign-in.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { buildDashboard } from './build-dashboard.ts'
import { holdDataFolder } from './data-folder.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { type KeptProcess, keepProcess } from './keep-process.ts'
import { version } from './paths.ts'
import { stopAllReleases } from './stop-releases.ts'
import { ensureSandboxTools } from './system-packages.ts'

const watchMs = 2000
/** In the environment of our children: whose they are. */
const leftoverMark = 'SIGNALBOX_CHILD_OF'
/** A dead database is what everything else waits for. */
const databaseWatchMs = 250
/** The server of a start that was killed notices by itself and leaves; after this it is ended. */
const leftoverMs = 10_000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Starts everything on this machine, prints the sign-in URL, keeps it running, and ends it on Ctrl-C. */
export async function up(config: Config, options: { systemPackages: boolean }): Promise<void> {
  say(`Signalbox ${version} · data in ${config.dataDir}`)
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  const release = await holdDataFolder(config.dataDir)
  await waitForLeftover(config)
  await refuseTakenPort(config.port)
  await ensureSandboxTools({ install: options.systemPackages, say })
  const stopping = stopSignal()
  let database = await openDatabase(config, {
    info: () => {},
    warn: (message) => say(`database: ${message}`),
  })
  say(
    database.kind === 'embedded'
      ? 'PostgreSQL      embedded, on loopback'
      : 'PostgreSQL      from DATABASE_URL',
  )
  await migrate(database.connectionString)
  const ingress = await ensureIngress({
    dataDir: config.dataDir,
    port: config.ingressPort,
    nodePath: process.execPath,
  })
  say(`Ingress         http://127.0.0.1:${ingress.port}${ingress.adopted ? ' (was still running)' : ''}`)
  await buildDashboard(say)
  const env = {
    DATABASE_URL: database.connectionString,
    SIGNALBOX_DATABASE_KIND: database.kind,
    [leftoverMark]: config.dataDir,
  }
  const server = keepProcess('server', { env, say })
  await Promise.race([server.ready, stopping])
  const worker = keepProcess('worker', { env, say })
  const { url } = await signInUrl(database.connectionString, config.port)
  say('')
  say(`Open  ${url}`)
  say('      signs you in once, within 10 minutes; "signalbox open" prints another')
  say('Ctrl-C stops everything, releases included.')
  const watches = [
    watchOver(databaseWatchMs, async () => {
      const next = await keepDatabase(config, database)
      const moved = next.connectionString !== database.connectionString
      database = next
      if (!moved) return
      env.DATABASE_URL = next.connectionString
      for (const kept of [server, worker]) kept.restart()
    }),
    watchOver(watchMs, () => keepIngress(config)),
  ]
  await stopping
  for (const watch of watches) await watch.stop()
  await shutDown(config, database, [worker, server])
  await release()
}

async function migrate(connectionString: string): Promise<void> {
  const connection = connectDatabase({ connectionString, max: 2, applicationName: 'signalbox-migrate' })
  try {
    const { applied } = await migrateDatabase(connection.db)
    if (applied.length > 0)
      say(`Database        ${applied.length} migration${applied.length === 1 ? '' : 's'} applied`)
  } finally {
    await connection.close()
  }
}

async function signInUrl(connectionString: string, port: number): Promise<{ url: string }> {
  const connection = connectDatabase({ connectionString, max: 1, applicationName: 'signalbox-up' })
  try {
    return await issueLoginToken({ db: connection.db, clock: systemClock }, { port })
  } finally {
    await connection.close()
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
  })
}

/** Failure `port-taken` that names who holds it, where that can be seen. */
async function refuseTakenPort(port: number): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (free) return
  const holder = await findPortHolder(port)
  const who = holder ? `${holder.command} (process ${holder.pid})` : 'a process of another user'
  throw new Failure('port-taken', `Port ${port} is taken by ${who}.`, {
    hint: `Stop it, or choose another port: PORT=${port + 10} npm start`,
  })
}

/** One round after the other, so that a slow repair is not begun twice; `stop` waits for the round under way. */
function watchOver(everyMs: number, look: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let current = Promise.resolve()
  const round = () => {
    current = look().then(() => {
      if (!stopped) timer = setTimeout(round, everyMs)
    })
  }
  timer = setTimeout(round, everyMs)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}

/** After `up` was killed, its server still closes: wait for it, so that the next start needs no second try. */
async function waitForLeftover(config: Config): Promise<void> {
  const holder = await findPortHolder(config.port)
  if (!holder || !(await isServerOf(holder.pid, config.dataDir))) return
  say(`Waiting for the server of an earlier start (process ${holder.pid}) to end`)
  const deadline = Date.now() + leftoverMs
  while (isRunning(holder.pid)) {
    if (Date.now() > deadline) process.kill(holder.pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  const read = async (file: string) =>
    (await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')).split('\0')
  if (!(await read('cmdline')).includes('server')) return false
  return (await read('environ')).includes(`${leftoverMark}=${dataDir}`)
}

async function keepDatabase(config: Config, database: OpenedDatabase): Promise<OpenedDatabase> {
  if (database.pid === undefined || isRunning(database.pid)) return database
  say('PostgreSQL has ended; starting it again')
  try {
    return await openDatabase(config, { info: () => {}, warn: (message) => say(`database: ${message}`) })
  } catch (error) {
    say(`PostgreSQL cannot be started: ${error instanceof Error ? error.message : String(error)}`)
    return database
  }
}

async function keepIngress(config: Config): Promise<void> {
  const { dataDir, ingressPort } = config
  await ensureIngress({ dataDir, port: ingressPort, nodePath: process.execPath }).catch((error: unknown) =>
    say(`The ingress cannot be started: ${error instanceof Error ? error.message : String(error)}`),
  )
}

/** A zombie is over: whoever should have taken its end may be gone too. */
function isRunning(pid: number): boolean {
  const ref = processRef(pid)
  return ref !== undefined && isAlive(ref)
}

async function shutDown(config: Config, database: OpenedDatabase, processes: KeptProcess[]): Promise<void> {
  say('')
  for (const kept of processes) {
    say(`Stopping the ${kept.name}`)
    await kept.stop()
  }
  for (const release of await stopAllReleases(config, database.connectionString)) {
    say(`Stopped the release ${release}`)
  }
  say('Stopping the ingress')
  await stopIngress({ dataDir: config.dataDir })
  if (database.kind === 'embedded') {
    say('Stopping PostgreSQL')
    await database.stop()
  }
  say('Everything is stopped and kept; "npm start" brings it back, releases included.')
}
