import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import { createFolderCaches } from '@signalbox/engine/services/folder-caches.ts'
import { openServices } from '@signalbox/engine/services/open-services.ts'
import { removeStaleUploads, type Services } from '@signalbox/engine/services/services.ts'
import { artifactsFolder } from './local-machine.ts'

/** What all runs of one checkout may keep as caches on this machine, and for how long when nobody asks for them. */
const cacheLimits = { maxBytes: 10 * 1024 ** 3, unusedDays: 7 }

/** A run that uploads for so long without an end was killed. */
const staleMs = 24 * 60 * 60_000

/** The services that actions call, for runs without a server: artifacts of each run, caches of the checkout. */
export async function localServices(options: {
  provider: SandboxProvider
  dataDir: string
  /** The checkout: its runs share their caches. */
  root: string
  now(): number
  onError(error: unknown): void
}): Promise<Services> {
  const { provider, dataDir, root, now, onError } = options
  const uploads = join(dataDir, 'uploads')
  await removeStaleUploads(uploads, now() - staleMs)
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 16)
  const caches = createFolderCaches(join(dataDir, 'caches', checkout), cacheLimits, now)
  return await openServices(provider, {
    folder: join(uploads, newId()),
    stores: ({ github }) => ({
      artifacts: createFolderArtifacts(artifactsFolder(dataDir, String(github['run_id']))),
      caches,
    }),
    now,
    onError,
  })
}
