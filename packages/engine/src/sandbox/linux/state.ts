import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'

const ProcessRef = z.object({ pid: z.number().int().positive(), startTicks: z.string() })
const Cgroup = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  folders: z.object({
    memory: z.string().optional(),
    pids: z.string().optional(),
    cpu: z.string().optional(),
  }),
})

const SandboxState = z.object({
  id: z.string(),
  ownerId: z.string(),
  provider: z.string(),
  detached: z.boolean(),
  creator: ProcessRef,
  /** The program that we spawned; undefined until it runs. */
  outer: ProcessRef.optional(),
  /** The first process of the sandbox's PID namespace; when it is gone, all are. */
  first: ProcessRef.optional(),
  hostUid: z.number().int().optional(),
  /** What it may write in all, measured by whoever holds it. */
  diskBytes: z.number().optional(),
  cgroup: Cgroup.optional(),
  run: z.string(),
  /** Which port stands on which inherited listener, in order. */
  ports: z.array(z.number().int()),
  env: z.record(z.string(), z.string()),
})

/** What another process needs to take up, end or clean a sandbox. A 0600 file in its folder. */
export type SandboxState = z.infer<typeof SandboxState>

/** Reads a sandbox's state; undefined when there is none or it makes no sense. */
export async function readState(path: string): Promise<SandboxState | undefined> {
  try {
    return SandboxState.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Writes it whole or not at all. */
export async function writeState(path: string, state: SandboxState): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 })
  await rename(`${path}.new`, path)
}
