import { type SearchInput, searchChanges, searchProjects, searchRuns } from '../db/search.ts'
import type { Handlers } from './handlers.ts'
import { projectFilter } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

const shownAtMost = 20

/** Finding objects by what a person types. */
export function searchHandlers(deps: ServerDeps): Pick<Handlers, 'search'> {
  return {
    async search({ query }, { principal }) {
      const { among } = await projectFilter(deps, principal, undefined)
      const number = /^#?(\d{1,9})$/.exec(query.q)?.[1]
      const input: SearchInput = {
        words: query.q.split(/\s+/).slice(0, 8),
        number: number === undefined ? undefined : Number(number),
        among,
        limit: shownAtMost,
      }
      const [projects, changes, runs] = await Promise.all([
        searchProjects(deps.db, input),
        searchChanges(deps.db, input),
        searchRuns(deps.db, input),
      ])
      return { items: [...projects, ...changes, ...runs].slice(0, shownAtMost) }
    },
  }
}
