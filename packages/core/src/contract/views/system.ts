import { z } from 'zod'
import { id, time } from './wire.ts'

export const Enforcement = z.object({ enforced: z.boolean(), how: z.string() })

export const SandboxCapabilities = z.object({
  provider: z.string(),
  available: z.boolean(),
  reason: z.string().optional(),
  version: z.string().optional(),
  memory: Enforcement,
  pids: Enforcement,
  cpu: Enforcement,
  disk: Enforcement,
  network: Enforcement,
  ownUser: Enforcement,
  /** Absent from a worker of an earlier version. */
  syscalls: Enforcement.optional(),
  overlay: Enforcement,
})

const PartHealth = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  detail: z.string(),
  /** Of a part that is not well: since when. */
  since: time.optional(),
})

export const Health = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  version: z.string(),
  database: PartHealth,
  queue: PartHealth,
  worker: PartHealth,
  ingress: PartHealth,
  disk: PartHealth,
})
export type Health = z.infer<typeof Health>

export const WorkerView = z.object({
  id,
  name: z.string(),
  pid: z.int(),
  slots: z.int(),
  /** What `runs-on` finds it by; empty of a worker of an earlier version. */
  labels: z.array(z.string()).optional(),
  group: z.string().optional(),
  alive: z.boolean(),
  startedAt: time,
  heartbeatAt: time,
  sandbox: z.array(SandboxCapabilities),
})

export const SystemView = z.object({
  version: z.string(),
  node: z.string(),
  dataDir: z.string(),
  startedAt: time,
  health: Health,
  databaseVersion: z.string(),
  databaseKind: z.enum(['embedded', 'external']),
  workers: z.array(WorkerView),
  jobsQueued: z.int(),
  jobsInProgress: z.int(),
  ingressPort: z.int().nullable(),
  routes: z.array(
    z.object({ host: z.string(), releaseId: z.string(), requests: z.int(), errors: z.int(), open: z.int() }),
  ),
  limits: z.object({ maxConcurrentValidations: z.int(), autoCleanupHours: z.number() }),
})
export type SystemView = z.infer<typeof SystemView>

/** One thing that a doctor looked at. */
export const Finding = z.object({
  severity: z.enum(['ok', 'note', 'warning', 'error']),
  part: z.string(),
  text: z.string(),
  /** What to do about a warning or an error. */
  mend: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>

export const DoctorView = z.object({ at: time, findings: z.array(Finding) })
export type DoctorView = z.infer<typeof DoctorView>
