import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connectDatabase } from '@signalbox/server/db/connect.ts'
import { startEmbeddedPostgres } from '@signalbox/server/db/embedded/start-embedded-postgres.ts'
import { silentLog } from '@signalbox/server/db/log.ts'
import { migrateDatabase } from '@signalbox/server/db/migrate.ts'
import type { Database } from '@signalbox/server/db/schema.ts'
import type { Kysely } from 'kysely'
import pg from 'pg'

/** A database of a test's own, with the schema of today and nothing in it. */
export interface TestDatabase {
  connectionString: string
  db: Kysely<Database>
  /** Closes the pool and drops the database, whoever is still in it. */
  close(): Promise<void>
}

const templatePrefix = 'signalbox_template_'
const databasePrefix = 'signalbox_test_'
/** Left by a run that was killed: nobody is in it and it is older than any run. */
const abandonedAfterMs = 3_600_000

/**
 * Makes a database for one test file from a template that is migrated once per schema. `DATABASE_URL` names the
 * server (its user may create databases); without it, one embedded server in the folder for temporary files is
 * shared by all runs of this user and left running for the next (`stopTestPostgres` ends it).
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await testServer()
  const template = await prepareTemplate(server)
  return makeDatabase(server, `template ${template} strategy file_copy`)
}

/** An empty database without any schema, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(await testServer(), '')
}

/** Copying files takes half as long as writing 10 MB of them to the log, and a test's server syncs neither. */
async function makeDatabase(server: string, from: string): Promise<TestDatabase> {
  const name = `${databasePrefix}${Date.now()}_${randomBytes(4).toString('hex')}`
  await asAdmin(server, (admin) => admin.query(`create database ${name} ${from}`))
  const connectionString = inDatabase(server, name)
  const connection = connectDatabase({ connectionString, applicationName: 'signalbox test', max: 25 })
  return {
    connectionString,
    db: connection.db,
    async close() {
      await connection.close()
      await asAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`))
    },
  }
}

/** Ends the shared embedded server; the next test starts it again. Nothing to do with `DATABASE_URL`. */
export async function stopTestPostgres(): Promise<void> {
  if (process.env['DATABASE_URL']) return
  const server = await startEmbeddedPostgres({ dataDir: await testFolder(), log: silentLog, settings })
  await server.stop()
}

/** A test database does not have to outlive a power cut. */
const settings = { fsync: 'off', synchronous_commit: 'off', max_connections: '300' }

async function testServer(): Promise<string> {
  const given = process.env['DATABASE_URL']
  if (given) return given
  const server = await startEmbeddedPostgres({ dataDir: await testFolder(), log: silentLog, settings })
  return server.connectionString
}

async function testFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `signalbox-test-postgres-${uid}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The folder for temporary files is everybody's: somebody else may have put one of this name there.
  const { uid: owner } = await stat(folder)
  if (owner !== uid) throw new Error(`${folder} belongs to user ${owner}: remove it or set TMPDIR`)
  return folder
}

/** The template of this schema, made by the first test that asks and kept for later runs. */
async function prepareTemplate(server: string): Promise<string> {
  const template = `${templatePrefix}${await schemaHash()}`
  await asAdmin(server, async (admin) => {
    if (await exists(admin, template)) return
    // One at a time; PostgreSQL gives the lock back when the connection ends, whatever happens.
    await admin.query(`select pg_advisory_lock(hashtext('${templatePrefix}'))`)
    if (await exists(admin, template)) return
    await dropAbandoned(admin)
    const unfinished = `${template}_unfinished`
    await admin.query(`drop database if exists ${unfinished} with (force)`)
    await admin.query(`create database ${unfinished}`)
    const connection = connectDatabase({
      connectionString: inDatabase(server, unfinished),
      applicationName: 'signalbox test template',
    })
    try {
      await migrateDatabase(connection.db)
    } finally {
      await connection.close()
    }
    await admin.query(`alter database ${unfinished} rename to ${template}`)
  })
  return template
}

async function schemaHash(): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve('@signalbox/server/db/migrations/all.ts'))
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).sort()) {
    hash.update(file).update(await readFile(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

async function exists(admin: pg.Client, name: string): Promise<boolean> {
  return (await admin.query('select from pg_database where datname = $1', [name])).rowCount === 1
}

async function dropAbandoned(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database d where datname like $1
      and not exists (select from pg_stat_activity a where a.datid = d.oid)`,
    [`${databasePrefix.replaceAll('_', '\\_')}%`],
  )
  for (const { datname } of rows) {
    const madeAt = Number(datname.slice(databasePrefix.length).split('_')[0])
    if (madeAt < Date.now() - abandonedAfterMs) await admin.query(`drop database if exists ${datname}`)
  }
}

async function asAdmin<T>(server: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server, application_name: 'signalbox test admin' })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

function inDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
