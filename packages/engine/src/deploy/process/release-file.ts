import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import type { ReleaseSpec } from '../port.ts'

const StoredSpec = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  layers: z.array(z.string()),
  startCommand: z.string(),
  port: z.int(),
  healthPath: z.string(),
  env: z.record(z.string(), z.string()),
  limits: z.object({ memoryBytes: z.number(), pids: z.number(), cpus: z.number(), diskBytes: z.number() }),
})

/** What is known of a release on this machine: `DIR/releases/ID/release.json`, without its environment. */
export const StoredRelease = z.object({ version: z.literal(1), spec: StoredSpec, socketPath: z.string() })
export type StoredRelease = z.infer<typeof StoredRelease>

/** The folder of a release. Throws for an id that could be another path. */
export function releaseFolder(dataDir: string, id: string): string {
  return join(dataDir, 'releases', StoredSpec.shape.id.parse(id))
}

/** Stores how a release was started. */
export async function writeRelease(dataDir: string, release: Omit<StoredRelease, 'version'>): Promise<void> {
  const folder = releaseFolder(dataDir, release.spec.id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFileAtomic(join(folder, 'release.json'), JSON.stringify({ version: 1, ...release }))
}

/** Undefined when the release was never started here, or removed. */
export async function readRelease(dataDir: string, id: string): Promise<StoredRelease | undefined> {
  const text = await readFile(join(releaseFolder(dataDir, id), 'release.json'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : StoredRelease.parse(JSON.parse(text))
}

/** The specs of all releases that were started here and not removed, running or not. */
export async function listReleaseSpecs(dataDir: string): Promise<ReleaseSpec[]> {
  const ids = await readdir(join(dataDir, 'releases')).catch(() => [])
  const releases = await Promise.all(ids.map((id) => readRelease(dataDir, id)))
  return releases.flatMap((release) => (release ? [release.spec] : []))
}

/** Deletes what is stored of a release; idempotent. */
export async function deleteRelease(dataDir: string, id: string): Promise<void> {
  await rm(releaseFolder(dataDir, id), { recursive: true, force: true })
}
