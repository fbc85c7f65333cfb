import {
  type ExternalPostgres,
  ownerPassword,
  startExternalPostgres,
  systemPostgres,
} from '@signalbox/testing/external-postgres.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { createEventStream } from '../events/subscribe.ts'
import { createQueue } from '../flows/queue.ts'
import { checkExternalDatabase, whyUnsuitable } from './external-database.ts'
import { createLogger } from './logger.ts'
import { sharePool } from './share-pool.ts'

const majors = await systemPostgres()
const [major] = majors
if (major === undefined) {
  process.stderr.write(
    'NOT RUN: an external PostgreSQL with TLS. No PostgreSQL of the system is installed (apt-get install postgresql).\n',
  )
}

const facts = {
  version: '15.18',
  major: 15,
  encoding: 'UTF8',
  readOnly: false,
  mayCreateSchema: true,
  mayCreateTable: true,
  encrypted: true,
  maxConnections: 100,
}

test.each([
  [{ major: 14, version: '14.9' }, 'database-too-old', 'is PostgreSQL 14.9; Signalbox needs 15 or later'],
  [{ readOnly: true }, 'database-unsuitable', 'can only be read'],
  [{ encoding: 'SQL_ASCII' }, 'database-unsuitable', 'is encoded in SQL_ASCII'],
  [{ mayCreateSchema: false }, 'database-unsuitable', 'does not let this role make tables'],
])('%o does not do', (found, code, words) => {
  const refused = whyUnsuitable({ ...facts, ...found }, 'a@b/c')
  expect(refused?.code).toBe(code)
  expect(refused?.message).toContain(words)
  expect(refused?.hint).toBeTruthy()
})

test('PostgreSQL 15 and later do', () => {
  expect(whyUnsuitable(facts, 'a@b/c')).toBeUndefined()
})

describe.runIf(major !== undefined)(`PostgreSQL ${major} of the system, with TLS`, () => {
  let server: ExternalPostgres
  beforeAll(async () => {
    server = await startExternalPostgres(major ?? 0)
    await server.asAdmin(['create database ours owner owner', 'create database theirs'])
    await server.asAdmin(['alter schema public owner to owner'], 'ours')
  })
  afterAll(() => server?.destroy())

  const parts = () => ({
    DB_HOST: 'localhost',
    DB_PORT: String(server.port),
    DB_NAME: 'ours',
    DB_USER: 'owner',
    DB_PASSWORD: ownerPassword,
  })
  const check = async (env: Record<string, string>) => {
    const { databaseUrl = '', databaseConnectTimeoutMs } = readConfig({
      DB_CONNECT_TIMEOUT_MS: '3000',
      ...env,
    })
    return await checkExternalDatabase(databaseUrl, databaseConnectTimeoutMs)
  }
  const tls = () => ({ ...parts(), DB_SSLMODE: 'verify-full', DB_SSL_CA_FILE: server.caFile })

  test('is used over verified TLS by its parts and by an address', async () => {
    expect(await check(tls())).toMatchObject({ major, encrypted: true })
    expect(await check({ DATABASE_URL: server.url('ours') })).toMatchObject({ major, encrypted: true })
    for (const mode of ['verify-ca', 'require']) {
      expect(await check({ ...tls(), DB_SSLMODE: mode })).toMatchObject({ encrypted: true })
    }
  })

  test.each<[string, () => Record<string, string>, string, string]>([
    [
      'a wrong password',
      () => ({ ...tls(), DB_PASSWORD: 'wrong' }),
      'password authentication failed',
      'DB_PASSWORD',
    ],
    [
      'TLS that is off',
      () => ({ ...tls(), DB_SSLMODE: 'disable' }),
      'no pg_hba.conf entry',
      'DB_SSLMODE=verify-full',
    ],
    [
      'an unknown authority',
      () => ({ ...parts(), DB_SSLMODE: 'verify-full' }),
      'certificate',
      'DB_SSL_CA_FILE',
    ],
    [
      'another host than the certificate is for',
      () => ({ ...tls(), DB_HOST: '127.0.0.1' }),
      'altnames',
      'verify-ca',
    ],
    [
      'a missing authority file',
      () => ({ ...tls(), DB_SSL_CA_FILE: '/no/such.pem' }),
      '/no/such.pem',
      'path',
    ],
    [
      'an unknown host',
      () => ({ ...tls(), DB_HOST: 'no-such-host.invalid' }),
      'no-such-host.invalid',
      'DB_HOST',
    ],
    ['a missing database', () => ({ ...tls(), DB_NAME: 'nothing' }), 'does not exist', 'createdb'],
    ['a role that may not make tables', () => ({ ...tls(), DB_NAME: 'theirs' }), 'make tables', 'owner to'],
    ['a port where nothing listens', () => ({ ...tls(), DB_PORT: '1' }), 'ECONNREFUSED', 'Nothing listens'],
  ])('says %s in one sentence with a next step', async (_what, env, words, hint) => {
    const failed = await check(env()).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(Error)
    expect(String(failed)).toContain(words)
    expect(failed).toHaveProperty('hint', expect.stringContaining(hint))
    expect(JSON.stringify(failed) + String(failed)).not.toContain(ownerPassword)
  })

  test('takes the migrations of today, and no process opens more connections than it may', async () => {
    const config = readConfig({ ...tls(), DB_POOL_MAX: '8', SIGNALBOX_LOG_LEVEL: 'error' })
    const connectionString = config.databaseUrl ?? ''
    const pools = sharePool(config.databasePoolMax)
    const log = createLogger(config, 'test')
    const connection = connectDatabase({ connectionString, max: pools.main, applicationName: 'limited' })
    await migrateDatabase(connection.db)
    const queue = await createQueue({ connectionString, log, max: pools.queue })
    await queue.work('job', { concurrency: 4 }, async () => {})
    const events = await createEventStream({ connectionString, db: connection.db })
    const client = new pg.Client({ connectionString, application_name: 'onlooker' })
    await client.connect()
    try {
      const busy = Array.from({ length: 20 }, () => connection.pool.query('select pg_sleep(0.2)'))
      const count =
        "select count(*)::int as n from pg_stat_activity where datname = 'ours' and application_name <> 'onlooker'"
      const most = { n: 0 }
      const done = Promise.all(busy).then(() => true)
      while (!(await Promise.race([done, Promise.resolve(false)]))) {
        const { rows } = await client.query<{ n: number }>(count)
        most.n = Math.max(most.n, rows[0]?.n ?? 0)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      expect(most.n).toBeGreaterThan(pools.main)
      expect(most.n).toBeLessThanOrEqual(8)
    } finally {
      await client.end()
      await queue.stop(2000)
      await events.close()
      await connection.close()
    }
  })
})
