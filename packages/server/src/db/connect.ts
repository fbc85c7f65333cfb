import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, type Transaction } from 'kysely'
import pg from 'pg'
import { asDatabaseLost } from './database-lost.ts'
import { type DatabaseLog, silentLog } from './log.ts'
import type { Database } from './schema.ts'

/** What every statement takes: the pool, or a transaction that the caller opened. */
export type Queryable = Kysely<Database> | Transaction<Database>

export interface ConnectOptions {
  connectionString: string
  /** Connections at most; 10. */
  max?: number
  /** Shown in pg_stat_activity: which process holds a connection. */
  applicationName: string
  /** 30 s: no statement of a request or a flow takes longer. */
  statementTimeoutMs?: number
  /** 10 s: for a connection that is not there, or a pool that has none free. */
  connectTimeoutMs?: number
  log?: DatabaseLog
}

/** One pool of connections; `close` waits for statements under way. */
export interface DatabaseConnection {
  db: Kysely<Database>
  pool: pg.Pool
  close(): Promise<void>
}

const int8 = 20

/** bigint as a number (ids and counts, safe below 2^53), everything else as the driver reads it. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8 && format !== 'binary') return Number
    return pg.types.getTypeParser(oid, format)
  },
}

/**
 * Opens a pool. Connects at the first statement, and again by itself after a lost server. A statement whose
 * connection was lost fails with the retryable `Failure` `database-lost`; one that is lost while idle is logged.
 */
export function connectDatabase(options: ConnectOptions): DatabaseConnection {
  const log = options.log ?? silentLog
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 10,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: 60_000,
    types,
  })
  // Without a listener an error of an idle connection would end the process.
  pool.on('error', (error) => log.warn(`an idle database connection was lost: ${error.message}`))
  // A connection that is taken out of the pool between two statements also speaks up.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: translating(pool) }) })
  let closed: Promise<void> | undefined
  return {
    db,
    pool,
    close() {
      closed ??= db.destroy().then(() => (pool.ended ? undefined : pool.end()))
      return closed
    },
  }
}

/** The pool as kysely sees it: errors of a lost connection come out as our failure. */
function translating(pool: pg.Pool): PostgresPool {
  // kysely remembers connections by identity, so each client has one wrapper for its life.
  const wrappers = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw asDatabaseLost(error)
      })
      const known = wrappers.get(client)
      if (known) return known
      const wrapper = translatingClient(client)
      wrappers.set(client, wrapper)
      return wrapper
    },
  }
}

function translatingClient(client: pg.PoolClient): PostgresPoolClient {
  function query(first: unknown, parameters?: ReadonlyArray<unknown>): unknown {
    if (typeof first !== 'string') throw new Error('cursors are not set up on this connection')
    return client.query(first, (parameters ?? []).map(withoutNul)).catch((error: unknown) => {
      throw asDatabaseLost(error)
    })
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  }
}

/** PostgreSQL's text holds no NUL: output of agents and commands may, and would refuse the whole statement. */
function withoutNul(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd')
  return Array.isArray(value) ? value.map(withoutNul) : value
}

/** Runs in the caller's transaction when there is one, else in one of its own. */
export function inTransaction<T>(db: Queryable, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  if (isTransaction(db)) return work(db)
  return db.transaction().execute(work)
}

function isTransaction(db: Queryable): db is Transaction<Database> {
  return db.isTransaction
}
