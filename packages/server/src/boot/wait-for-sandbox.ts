import type { Capabilities } from '@signalbox/engine/sandbox/port.ts'
import { type Selection, selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import { heartbeatWorker, markWorkerStopped, upsertWorker } from '../db/workers.ts'

const beatMs = 5000
/** After so long it looks again: what was missing may have been installed meanwhile. */
const lookAgainMs = 30_000

type Found = Selection & { provider: NonNullable<Selection['provider']> }

/**
 * The sandbox provider of this machine. While there is none, the worker stays without slots, says why on the system
 * page, and looks again every 30 s; it never ends by itself.
 */
export async function waitForSandbox(options: {
  config: Config
  workerId: string
  db: Kysely<Database>
  log: Logger
}): Promise<Found> {
  const { config, workerId: id, db, log } = options
  const look = () => selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  let selected = await look()
  if (hasProvider(selected)) return selected
  const text = whyNone(selected.tried)
  if (process.send) process.send({ type: 'say', text })
  else log.error(text)
  const announce = async (tried: Capabilities[]) => {
    const me = { id, name: 'no sandbox', pid: process.pid, slots: 0, sandbox: tried }
    await upsertWorker(db, { ...me, now: new Date() })
  }
  await announce(selected.tried)
  const beat = setInterval(() => {
    heartbeatWorker(db, { id, now: new Date() }).catch((error: unknown) =>
      log.warn({ err: error }, 'heartbeat'),
    )
  }, beatMs)
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
      selected = await look()
      if (hasProvider(selected)) break
      await announce(selected.tried)
    }
  } finally {
    clearInterval(beat)
  }
  process.send?.({ type: 'say', text: `Sandboxes can be made now (${selected.provider.name}); jobs run.` })
  return selected
}

/** A worker that never had a sandbox says that it stops, so that the system page forgets it. */
export async function stopWaiting(db: Kysely<Database>, id: string): Promise<void> {
  await markWorkerStopped(db, { id, now: new Date() })
}

function hasProvider(selection: Selection): selection is Found {
  return selection.provider !== undefined
}

/** Why no sandbox can be made and what to do about it, for people. */
export function whyNone(tried: Capabilities[]): string {
  const reasons = tried.map((one) => `  ${one.provider}: ${one.reason ?? 'does not work'}`)
  const advised = reasons.some((reason) => /install|allow/i.test(reason))
  const advice = advised
    ? []
    : [
        '  Install bubblewrap (apt-get install bubblewrap) and allow user namespaces (sysctl user.max_user_namespaces).',
      ]
  return [
    'No sandbox can be made on this machine, so no job runs; the dashboard works.',
    ...reasons,
    ...advice,
  ].join('\n')
}
