import { readRetention, storeRetention } from '../db/retention.ts'
import type { Handlers } from './handlers.ts'
import type { ServerDeps } from './server-deps.ts'

/** For how long things are kept; what deletes them is a flow. */
export function retentionHandlers(
  deps: ServerDeps,
): Pick<Handlers, 'getRetention' | 'updateRetention' | 'runRetention'> {
  async function view() {
    return { settings: await readRetention(deps.db), preview: await deps.retention.preview() }
  }
  return {
    getRetention: view,
    async updateRetention({ body }) {
      const changed = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const settings = { ...(await readRetention(deps.db)), ...changed }
      await storeRetention(deps.db, settings, deps.clock.now())
      return await view()
    },
    runRetention: () => deps.retention.run(),
  }
}
