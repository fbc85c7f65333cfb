import type { Health } from '@signalbox/core/contract/views/system.ts'
import type { PartHealth, Probe, ServerDeps } from './server-deps.ts'

const probeMs = 2000

type PartName = 'database' | 'queue' | 'worker' | 'ingress' | 'disk'

/** Reads the health of all parts, and remembers since when one is not well. */
export type ReadHealth = () => Promise<Health>

/** One memory for each server process: `since` is from the first look at which a part was not well. */
export function createHealth(deps: Pick<ServerDeps, 'probes' | 'version' | 'clock'>): ReadHealth {
  const since = new Map<PartName, string>()
  function remember(name: PartName, part: PartHealth): PartHealth {
    if (part.status === 'ok') {
      since.delete(name)
      return part
    }
    const at = since.get(name) ?? deps.clock.now().toISOString()
    since.set(name, at)
    return { ...part, since: at }
  }
  return async () => {
    const { probes, version } = deps
    const look = async (name: PartName) => remember(name, await ask(probes[name]))
    const [database, queue, worker, ingress, disk] = await Promise.all([
      look('database'),
      look('queue'),
      look('worker'),
      look('ingress'),
      look('disk'),
    ])
    const essential = database.status === 'down' || queue.status === 'down'
    const well = [database, queue, worker, ingress, disk].every((part) => part.status === 'ok')
    const status = essential ? 'down' : well ? 'ok' : 'degraded'
    return { status, version, database, queue, worker, ingress, disk }
  }
}

/** A part that throws or does not answer in 2 s is down. */
async function ask(probe: Probe): Promise<PartHealth> {
  const late = Promise.withResolvers<PartHealth>()
  const timer = setTimeout(() => late.resolve({ status: 'down', detail: 'no answer in 2 s' }), probeMs)
  try {
    return await Promise.race([probe(), late.promise])
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : 'it failed' }
  } finally {
    clearTimeout(timer)
  }
}
