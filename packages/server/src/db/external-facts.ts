import type pg from 'pg'

/** What decides whether a PostgreSQL of somebody else can carry Signalbox. */
export interface ExternalFacts {
  /** As the server says it: `15.18`. */
  version: string
  major: number
  encoding: string
  /** A standby, or a server that was set so: nothing can be written. */
  readOnly: boolean
  mayCreateSchema: boolean
  mayCreateTable: boolean
  /** Of this connection. */
  encrypted: boolean
  maxConnections: number
}

/** One statement over an open connection; it changes nothing. */
export async function readExternalFacts(client: pg.Client): Promise<ExternalFacts> {
  const result = await client.query<ExternalFacts>(`
    select current_setting('server_version') as version,
      current_setting('server_version_num')::int / 10000 as major,
      current_setting('server_encoding') as encoding,
      pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as "readOnly",
      has_database_privilege(current_database(), 'create') as "mayCreateSchema",
      coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'create'), false) as "mayCreateTable",
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
      current_setting('max_connections')::int as "maxConnections"`)
  const row = result.rows[0]
  if (!row) throw new Error('the database answered nothing')
  return row
}
