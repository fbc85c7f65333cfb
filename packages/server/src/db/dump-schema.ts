import { type Kysely, sql } from 'kysely'
import type { Database } from './schema.ts'

/**
 * The schema `public` as SQL-shaped text, read from the catalog: the same words on every supported PostgreSQL,
 * where pg_dump's differ by version and may not be installed. Kept in schema.golden.sql so that a review sees
 * what a migration leaves. Without the migrations' own tables.
 */
export async function dumpSchema(db: Kysely<Database>): Promise<string> {
  const tables = await sql<{ name: string; text: string }>`
    select c.relname as name, string_agg(format('  %I %s%s%s', a.attname,
      format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      case when a.attidentity = 'a' then ' generated always as identity'
        when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
      ), E',\n' order by a.attnum) as text
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r', 'p') and ${ours('c.relnamespace', 'c.relname')}
    group by c.relname order by c.relname collate "C"`.execute(db)
  // Not-null constraints are catalog rows from version 18 on; the columns show them on every version.
  const constraints = await sql<{ name: string; text: string }>`
    select c.relname as name, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) as text
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype <> 'n' and ${ours('c.relnamespace', 'c.relname')}
    order by c.relname collate "C", k.conname collate "C"`.execute(db)
  const indexes = await sql<{ name: string; text: string }>`
    select c.relname as name, replace(pg_get_indexdef(i.indexrelid), ' public.', ' ') as text
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
    where ${ours('c.relnamespace', 'c.relname')}
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype <> 'f')
    order by c.relname collate "C", x.relname collate "C"`.execute(db)
  const code = await sql<{ text: string }>`
    select pg_get_functiondef(p.oid) as text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and ${ours('c.relnamespace', 'c.relname')}
    order by 1`.execute(db)
  const parts = tables.rows.map((table) => {
    const inside = constraints.rows.filter((row) => row.name === table.name).map((row) => `,\n  ${row.text}`)
    const after = indexes.rows.filter((row) => row.name === table.name).map((row) => `${row.text};\n`)
    return `create table ${table.name} (\n${table.text}${inside.join('')}\n);\n${after.join('')}`
  })
  return `${[...parts, ...code.rows.map((row) => `${row.text};\n`)].join('\n')}`
}

function ours(namespace: string, name: string) {
  return sql`${sql.raw(namespace)} = 'public'::regnamespace and ${sql.raw(name)} not like 'schema\_migrations%'`
}
