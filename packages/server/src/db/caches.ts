import { type Insertable, type Selectable, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { CachesTable } from './schema/services.ts'

export type CacheRow = Selectable<CachesTable>

/** The caches of one version, of these scopes, whose key begins with one of the keys. */
export function cachesByKeys(
  db: Queryable,
  where: { projectId: string; scopes: readonly string[]; version: string; keys: readonly string[] },
): Promise<CacheRow[]> {
  return db
    .selectFrom('caches')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .where('version', '=', where.version)
    .where('scope', '=', sql<string>`any(${where.scopes}::text[])`)
    .where(
      sql<boolean>`exists (select 1 from unnest(${where.keys}::text[]) k where starts_with(caches.key, k))`,
    )
    .execute()
}

/** One cache of a project, whoever may read it. */
export function findCache(
  db: Queryable,
  where: { projectId: string; id: string },
): Promise<CacheRow | undefined> {
  return db
    .selectFrom('caches')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .where('id', '=', where.id)
    .executeTakeFirst()
}

/** Stores a cache; undefined when its scope has one of that key and version already. */
export function insertCache(db: Queryable, row: Insertable<CachesTable>): Promise<CacheRow | undefined> {
  return db
    .insertInto('caches')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project_id', 'scope', 'version', 'key']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Counts a use. */
export async function useCache(db: Queryable, use: { id: string; now: Date }): Promise<void> {
  await db
    .updateTable('caches')
    .set((is) => ({ last_used_at: use.now, hits: is('hits', '+', 1) }))
    .where('id', '=', use.id)
    .execute()
}

/** Forgets one cache and answers what it was; its blob is the caller's to delete. */
export function deleteCache(
  db: Queryable,
  where: { projectId: string; id: string },
): Promise<CacheRow | undefined> {
  return db
    .deleteFrom('caches')
    .where('project_id', '=', where.projectId)
    .where('id', '=', where.id)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Forgets the caches of a project that nobody used since `before`, and the least recently used ones until the rest
 * fits; answers the keys of their blobs.
 */
export async function evictCaches(
  db: Queryable,
  limits: { projectId: string; maxBytes: number; before: Date },
): Promise<string[]> {
  const order = db
    .selectFrom('caches')
    .select(['id', 'last_used_at'])
    .select(sql<string>`sum(size_bytes) over (order by last_used_at desc, id desc)`.as('total'))
    .where('project_id', '=', limits.projectId)
    .as('ordered')
  const rows = await db
    .deleteFrom('caches')
    .where(
      'id',
      'in',
      db
        .selectFrom(order)
        .select('ordered.id')
        .where((is) =>
          is.or([
            is('ordered.last_used_at', '<', limits.before),
            is(sql<number>`ordered.total`, '>', limits.maxBytes),
          ]),
        ),
    )
    .returning('blob_key')
    .execute()
  return rows.map((row) => row.blob_key)
}

/** The caches of a project, the last used first. */
export function listCaches(db: Queryable, where: { projectId: string; limit: number }): Promise<CacheRow[]> {
  return db
    .selectFrom('caches')
    .selectAll()
    .where('project_id', '=', where.projectId)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .limit(where.limit)
    .execute()
}

/** How many caches a project has, and their bytes. */
export async function sumCaches(db: Queryable, projectId: string): Promise<{ count: number; bytes: number }> {
  const row = await db
    .selectFrom('caches')
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<string>`coalesce(sum(size_bytes), 0)::bigint`.as('bytes'),
    ])
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return { count: row.count, bytes: Number(row.bytes) }
}

/** Those of the keys that are the blob of no cache. */
export async function unnamedCaches(db: Queryable, keys: string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('caches')
    .select('blob_key')
    .where('blob_key', '=', sql<string>`any(${keys}::text[])`)
    .execute()
  const named = new Set(rows.map((row) => row.blob_key))
  return keys.filter((key) => !named.has(key))
}
