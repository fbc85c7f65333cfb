import { hostname } from 'node:os'
import { systemClock } from '@signalbox/core/base/clock.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type EnsuredIngress, ensureIngress } from '@signalbox/engine/deploy/ingress/ensure.ts'
import { isAlive, processRef } from '@signalbox/engine/sandbox/linux/processes.ts'
import { isLoopback } from '../auth/open-door.ts'
import { issueLoginToken } from '../auth/sign-in.ts'
import { brokenRestore } from '../backup/restore-backup.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { prepareDataFolder, refuseTakenPort } from './before-start.ts'
import { buildDashboard } from './build-dashboard.ts'
import { holdDataFolder } from './data-folder.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { keepProcess } from './keep-process.ts'
import { endLeftChildren, leftoverMark } from './left-children.ts'
import { version } from './paths.ts'
import { type Running, shutDown, undoStart } from './shut-down.ts'
import { listenForStop, type StopSignal } from './stop-signal.ts'
import { ensureSandboxTools } from './system-packages.ts'
import { sayOnce, watchOver } from './watch-over.ts'

const watchMs = 2000
/** A dead database is what everything else waits for. */
const databaseWatchMs = 250
const databasePauseMs = 2000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Starts everything on this machine, prints the sign-in URL, keeps it running, and ends it on Ctrl-C. */
export async function up(config: Config, options: { systemPackages: boolean }): Promise<void> {
  const stop = listenForStop(say)
  say(`Signalbox ${version} · data in ${config.dataDir}`)
  await prepareDataFolder(config)
  await refuseHalfRestored(config)
  const release = await holdDataFolder(config.dataDir)
  const running: Running = { processes: [] }
  try {
    const watches = await start(config, options, running, stop)
    await stop.asked
    for (const watch of watches) await watch.stop()
  } catch (error) {
    await undoStart(config, running).catch(() => {})
    await release()
    throw error
  }
  await shutDown(config, running, say)
  await release()
}

async function refuseHalfRestored({ dataDir }: Config): Promise<void> {
  const archive = await brokenRestore(dataDir)
  if (archive === undefined) return
  throw new Failure('half-restored', `A restore of ${archive} into ${dataDir} was broken off.`, {
    hint: `Run it again: signalbox restore ${archive}`,
  })
}

/** Fills `running` part by part; a stop that is asked meanwhile ends it between two parts. */
async function start(
  config: Config,
  options: { systemPackages: boolean },
  running: Running,
  stop: StopSignal,
): Promise<{ stop(): Promise<void> }[]> {
  await endLeftChildren(config.dataDir, say)
  await refuseTakenPort(config.port)
  await ensureSandboxTools({ install: options.systemPackages, say })
  if (stop.isAsked()) return []
  const starting = [
    startIngress(config).then((started) => {
      running.ingress = started
      return started
    }),
    startDatabase(config, running),
    // Ctrl-C reaches the build too: then it failed because it was told to.
    buildDashboard((text) => void (stop.isAsked() || say(text))),
  ] as const
  // To their end, also when one fails: what has started is undone.
  await Promise.allSettled(starting)
  const [ingress, database] = await Promise.all(starting)
  say(`Ingress         http://127.0.0.1:${ingress.port}${ingress.adopted ? ' (was still running)' : ''}`)
  if (stop.isAsked()) return []
  const env = {
    DATABASE_URL: database.connectionString,
    SIGNALBOX_DATABASE_KIND: database.kind,
    [leftoverMark]: config.dataDir,
  }
  const server = keepProcess('server', { env, say })
  running.processes.push(server)
  await Promise.race([server.ready, stop.asked])
  if (stop.isAsked()) return []
  const worker = keepProcess('worker', { env, say })
  running.processes.push(worker)
  const { url } = await signInUrl(database.connectionString, config.port)
  say('')
  say(`Open  ${url}`)
  say('      signs you in once, within 10 minutes; "signalbox open" prints another')
  say('Ctrl-C stops everything, releases included.')
  if (!isLoopback(config.host) && config.publicUrl === undefined) {
    say('')
    say(`Other machines are let in by SIGNALBOX_HOST=${config.host}, but answered only under the name that`)
    say(`SIGNALBOX_PUBLIC_URL gives, and it is not set; for example http://${hostname()}:${config.port}`)
  }
  const sayDatabase = sayOnce(say)
  const sayIngress = sayOnce(say)
  return [
    watchOver(databaseWatchMs, async () => {
      const before = running.database ?? database
      const next = await keepDatabase(config, before, sayDatabase)
      running.database = next
      if (next.connectionString === before.connectionString) return
      env.DATABASE_URL = next.connectionString
      for (const kept of [server, worker]) kept.restart()
    }),
    watchOver(watchMs, () => keepIngress(config, sayIngress)),
  ]
}

async function startDatabase(config: Config, running: Running): Promise<OpenedDatabase> {
  const database = await openDatabase(config, {
    info: () => {},
    warn: (message) => say(`database: ${message}`),
  })
  running.database = database
  say(`PostgreSQL      ${describe(database)}`)
  await migrate(database.connectionString)
  return database
}

function describe(database: OpenedDatabase): string {
  if (database.kind === 'external') return 'from DATABASE_URL'
  return `embedded, on loopback${database.adopted ? ' (was still running)' : ''}`
}

async function startIngress(config: Config): Promise<EnsuredIngress> {
  const { dataDir, ingressPort: port } = config
  try {
    return await ensureIngress({ dataDir, port, nodePath: process.execPath })
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'port-in-use') throw error
    throw new Failure('port-taken', error.message, {
      hint: `The ingress needs it. Stop that process, or choose another port: SIGNALBOX_INGRESS_PORT=${port > 65000 ? 3001 : port + 10} npm start`,
      cause: error,
    })
  }
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

async function keepDatabase(
  config: Config,
  database: OpenedDatabase,
  sayChange: (text: string) => void,
): Promise<OpenedDatabase> {
  if (database.pid === undefined || isRunning(database.pid)) {
    sayChange('')
    return database
  }
  sayChange('PostgreSQL has ended; starting it again')
  try {
    return await openDatabase(config, { info: () => {}, warn: (message) => say(`database: ${message}`) })
  } catch (error) {
    // A full disk lasts: each try reads the write-ahead log anew.
    await new Promise((resolve) => setTimeout(resolve, databasePauseMs))
    sayChange(`PostgreSQL cannot be started: ${error instanceof Error ? error.message : String(error)}`)
    return database
  }
}

async function keepIngress(config: Config, sayChange: (text: string) => void): Promise<void> {
  const { dataDir, ingressPort } = config
  await ensureIngress({ dataDir, port: ingressPort, nodePath: process.execPath }).then(
    ({ adopted }) => sayChange(adopted ? '' : 'The ingress had ended and was started again'),
    (error: unknown) =>
      sayChange(`The ingress cannot be started: ${error instanceof Error ? error.message : String(error)}`),
  )
}

/** A zombie is over: whoever should have taken its end may be gone too. */
function isRunning(pid: number): boolean {
  const ref = processRef(pid)
  return ref !== undefined && isAlive(ref)
}
