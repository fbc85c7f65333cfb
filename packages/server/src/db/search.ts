import { type ExpressionBuilder, sql } from 'kysely'
import type { Queryable } from './connect.ts'
import type { Database } from './schema.ts'

export interface FoundRow {
  kind: 'project' | 'change' | 'run'
  id: string
  label: string
  projectSlug: string
  state: string
}

export interface SearchInput {
  /** Every word must stand in the name. */
  words: string[]
  /** The number that was typed, `#12` included. */
  number: number | undefined
  /** Only of these projects; undefined: of all. */
  among: string[] | undefined
  limit: number
}

/** A pattern of LIKE that finds the word as it is. */
function like(word: string): string {
  return `%${word.replace(/[\\%_]/g, '\\$&')}%`
}

/** Projects whose name or slug holds every word. */
export async function searchProjects(db: Queryable, input: SearchInput): Promise<FoundRow[]> {
  let query = db
    .selectFrom('projects')
    .select(['id', 'name', 'slug'])
    .orderBy('id', 'desc')
    .limit(input.limit)
  for (const word of input.words) {
    query = query.where((eb) => eb.or([eb('name', 'ilike', like(word)), eb('slug', 'ilike', like(word))]))
  }
  if (input.among) query = query.where('id', '=', sql<string>`any(${input.among}::uuid[])`)
  const rows = await query.execute()
  return rows.map((row) => ({
    kind: 'project',
    id: row.id,
    label: row.name,
    projectSlug: row.slug,
    state: '',
  }))
}

/** Changes whose title holds every word, or whose number it is. */
export async function searchChanges(db: Queryable, input: SearchInput): Promise<FoundRow[]> {
  const named = (eb: ExpressionBuilder<Database, 'changes'>) =>
    eb.and(input.words.map((word) => eb('changes.title', 'ilike', like(word))))
  let query = db
    .selectFrom('changes')
    .innerJoin('projects', 'projects.id', 'changes.project_id')
    .select(['changes.id', 'changes.number', 'changes.title', 'changes.status', 'changes.conclusion', 'slug'])
    .where((eb) =>
      input.number === undefined ? named(eb) : eb.or([named(eb), eb('changes.number', '=', input.number)]),
    )
    .orderBy('changes.id', 'desc')
    .limit(input.limit)
  if (input.among) query = query.where('projects.id', '=', sql<string>`any(${input.among}::uuid[])`)
  const rows = await query.execute()
  return rows.map((row) => ({
    kind: 'change',
    id: row.id,
    label: `#${row.number} ${row.title}`,
    projectSlug: row.slug,
    state: row.conclusion ?? row.status,
  }))
}

/** Runs by their number. Their names are few words said a million times. */
export async function searchRuns(db: Queryable, input: SearchInput): Promise<FoundRow[]> {
  if (input.number === undefined) return []
  let query = db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['runs.id', 'runs.number', 'runs.name', 'runs.status', 'runs.conclusion', 'slug'])
    .where('runs.number', '=', input.number)
    .orderBy('runs.id', 'desc')
    .limit(input.limit)
  if (input.among) query = query.where('projects.id', '=', sql<string>`any(${input.among}::uuid[])`)
  const rows = await query.execute()
  return rows.map((row) => ({
    kind: 'run',
    id: row.id,
    label: `Run ${row.number} ${row.name}`,
    projectSlug: row.slug,
    state: row.conclusion ?? row.status,
  }))
}
