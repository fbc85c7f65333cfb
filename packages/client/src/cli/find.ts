import { Failure } from '@signalbox/core/base/failure.ts'
import type { ProjectCard } from '@signalbox/core/contract/views/projects.ts'
import { ApiFailure } from '../api/api-failure.ts'
import type { Api } from '../api/create-api.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const pageSize = 200
const maxPages = 50

/** How a person names a change or a run: by id, or by its number. */
export function parseReference(text: string): { id: string } | { number: number } {
  if (uuid.test(text)) return { id: text.toLowerCase() }
  const number = /^#?(\d{1,9})$/.exec(text)?.[1]
  if (number !== undefined) return { number: Number(number) }
  throw new Failure('usage', `"${text}" is neither a number like 12 or #12 nor an id.`, {
    hint: 'See "signalbox change list" or "signalbox runs list".',
  })
}

/** The project named, or the only one there is. */
export async function findProject(
  api: Api,
  named: string | undefined,
): Promise<Pick<ProjectCard, 'slug' | 'id'>> {
  if (named !== undefined) return api.call('getProject', { params: { project: named } })
  const { items } = await api.call('listProjects')
  const [only] = items
  if (only && items.length === 1) return only
  if (!only) {
    throw new Failure('usage', 'There is no project yet.', { hint: 'Add one: signalbox project add PATH' })
  }
  throw new Failure('usage', 'There is more than one project.', {
    hint: `Name one: --project ${items.map((item) => item.slug).join(' | ')}`,
  })
}

/** The id of the change that `text` names, looked for in one project or in all. */
export async function findChange(api: Api, text: string, project?: string): Promise<string> {
  return find(text, 'change', (before) =>
    api.call('listChanges', { query: { project, before, limit: pageSize } }),
  )
}

/** The id of the run that `text` names. */
export async function findRun(api: Api, text: string, project?: string): Promise<string> {
  return find(text, 'run', (before) => api.call('listRuns', { query: { project, before, limit: pageSize } }))
}

interface Numbered {
  id: string
  number: number
  projectSlug: string
}

async function find(
  text: string,
  kind: 'change' | 'run',
  page: (before: string | undefined) => Promise<{ items: Numbered[]; next: string | null }>,
): Promise<string> {
  const reference = parseReference(text)
  if ('id' in reference) return reference.id
  const found = new Map<string, Numbered>()
  let before: string | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const { items, next } = await page(before)
    for (const item of items) if (item.number === reference.number) found.set(item.id, item)
    if (next === null) break
    before = next
  }
  const [first, ...others] = found.values()
  if (!first) {
    throw new Failure('not-found', `There is no ${kind} with the number ${reference.number}.`, {
      hint: `See "signalbox ${kind === 'change' ? 'change' : 'runs'} list".`,
    })
  }
  if (others.length === 0) return first.id
  const slugs = [first, ...others].map((item) => item.projectSlug).join(' | ')
  throw new Failure('usage', `More than one project has a ${kind} with the number ${reference.number}.`, {
    hint: `Name the project: --project ${slugs}`,
  })
}

/** Undefined instead of a not-found. */
export async function orNone<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question
  } catch (error) {
    const none = error instanceof Failure && error.code === 'not-found'
    if (none || (error instanceof ApiFailure && error.status === 404)) return undefined
    throw error
  }
}
