import type { Readable, Writable } from 'node:stream'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

/** A table of `public`, as COPY needs it. */
export interface CopiedTable {
  name: string
  /** Without generated columns, in the table's order. */
  columns: string[]
}

/** Where a sequence stands. */
export interface SequenceValue {
  name: string
  value: number
}

/** Kysely's own notes; they are made by the migrations of whoever reads the copy. */
const notCopied = ['schema_migrations', 'schema_migrations_lock']

/** Every table of ours, those that others refer to first. */
export async function copiedTables(client: pg.ClientBase): Promise<CopiedTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where n.nspname = 'public' and c.relkind = 'r' and c.relname <> all($1)
     group by c.relname order by c.relname`,
    [notCopied],
  )
  const references = await client.query<{ child: string; parent: string }>(
    `select child.relname as child, parent.relname as parent from pg_constraint k
     join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
     join pg_namespace n on n.oid = child.relnamespace
     where k.contype = 'f' and n.nspname = 'public' and k.conrelid <> k.confrelid`,
  )
  return parentsFirst(rows, references.rows)
}

function parentsFirst(tables: CopiedTable[], references: { child: string; parent: string }[]): CopiedTable[] {
  const sorted: CopiedTable[] = []
  let left = tables
  while (left.length > 0) {
    const waiting = new Set(left.map((table) => table.name))
    const free = left.filter(
      (table) => !references.some(({ child, parent }) => child === table.name && waiting.has(parent)),
    )
    if (free.length === 0) throw new Error(`these tables refer to each other: ${[...waiting].join(', ')}`)
    sorted.push(...free)
    left = left.filter((table) => !free.includes(table))
  }
  return sorted
}

/** The rows of a table as PostgreSQL's own text, which every version reads. */
export function copyOut(client: pg.ClientBase, table: CopiedTable): Readable & { rowCount: number } {
  return client.query(
    copyTo(`copy ${quoted(table.name)} (${table.columns.map(quoted).join(', ')}) to stdout`),
  )
}

/** Takes what `copyOut` gave. */
export function copyIn(client: pg.ClientBase, table: CopiedTable): Writable & { rowCount: number } {
  return client.query(
    copyFrom(`copy ${quoted(table.name)} (${table.columns.map(quoted).join(', ')}) from stdin`),
  )
}

/** Where the sequences of `public` stand now, whatever snapshot the connection holds. */
export async function sequenceValues(client: pg.ClientBase): Promise<SequenceValue[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select sequencename as name, coalesce(last_value, 0)::text as value from pg_sequences
     where schemaname = 'public' order by sequencename`,
  )
  return rows.map((row) => ({ name: row.name, value: Number(row.value) }))
}

/** Numbers that were given out before are never given out again. */
export async function setSequences(client: pg.ClientBase, values: SequenceValue[]): Promise<void> {
  for (const { name, value } of values) {
    if (value > 0)
      await client.query('select setval($1::regclass, $2::bigint)', [`public.${quoted(name)}`, value])
  }
}

/** The migrations that a database has, oldest first; empty for one that was never used. */
export async function migrationNames(client: pg.ClientBase): Promise<string[]> {
  const there = await client.query<{ there: boolean }>(
    `select to_regclass('public.schema_migrations') is not null as there`,
  )
  if (!there.rows[0]?.there) return []
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations order by name')
  return rows.map((row) => row.name)
}

/** How much a restore would overwrite; all 0 for a database that was never used. */
export async function contentCounts(
  client: pg.ClientBase,
): Promise<{ projects: number; changes: number; runs: number; otherTables: number }> {
  const has = (table: string) => `to_regclass('public.${table}') is not null`
  const { rows } = await client.query<{ ours: boolean; others: number }>(
    `select ${has('projects')} and ${has('changes')} and ${has('runs')} and ${has('schema_migrations')} as ours,
       (select count(*)::int from pg_tables where schemaname = 'public') as others`,
  )
  if (!rows[0]?.ours) return { projects: 0, changes: 0, runs: 0, otherTables: rows[0]?.others ?? 0 }
  const counted = await client.query<{ projects: number; changes: number; runs: number }>(
    `select (select count(*)::int from projects) as projects, (select count(*)::int from changes) as changes,
       (select count(*)::int from runs) as runs`,
  )
  return { ...(counted.rows[0] ?? { projects: 0, changes: 0, runs: 0 }), otherTables: 0 }
}

/** Deletes everything of ours from a database: its tables, and the queue's, which are made again. */
export async function dropEverything(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  for (const { name } of rows) await client.query(`drop table if exists public.${quoted(name)} cascade`)
  await client.query('drop schema if exists pgboss cascade')
}

/** Empties tables into which rows are to be copied: migrations may have put some there. */
export async function emptyTables(client: pg.ClientBase, names: string[]): Promise<void> {
  if (names.length > 0) await client.query(`truncate ${names.map(quoted).join(', ')}`)
}

/** Who else of Signalbox is connected to this database, by name: `signalbox-server`. */
export async function otherSessions(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and application_name in ('signalbox-server', 'signalbox-worker') order by 1`,
  )
  return rows.map((row) => row.name)
}

/**
 * Holds every table of ours against writers until `release`; readers go on. 10 s at most for a writer that is
 * under way.
 */
export async function holdWriters(
  client: pg.ClientBase,
  tables: CopiedTable[],
): Promise<() => Promise<void>> {
  await client.query('begin')
  await client.query("set local lock_timeout = '10s'")
  await client.query(`lock table ${tables.map((table) => quoted(table.name)).join(', ')} in share mode`)
  return async () => void (await client.query('rollback'))
}

/** Begins the one view of the database from which everything is copied. */
export async function beginSnapshot(
  client: pg.ClientBase,
): Promise<{ databaseVersion: string; projects: string[] }> {
  await client.query('begin transaction isolation level repeatable read read only')
  const version = await client.query<{ server_version: string }>('show server_version')
  const { rows } = await client.query<{ id: string }>('select id from projects order by id')
  return { databaseVersion: version.rows[0]?.server_version ?? '', projects: rows.map((row) => row.id) }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
