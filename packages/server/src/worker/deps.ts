import type { Clock } from '@signalbox/core/base/clock.ts'
import type { AgentDriver } from '@signalbox/engine/agent/port.ts'
import type { DeployTarget, Ingress } from '@signalbox/engine/deploy/port.ts'
import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import type { Queue } from '../flows/queue.ts'
import type { Forge } from '../forge/port.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Blobs } from '../storage/port.ts'
import type { Bell } from './agents/bell.ts'

/** What a worker is built from; handed in once by main.ts. */
export interface WorkerDeps {
  workerId: string
  db: Kysely<Database>
  queue: Queue
  forge: Forge
  /** Brings a commit into the repository of this machine; at once where the server's own stands. */
  fetchCommit(project: { id: string; slug: string }, commit: string): Promise<void>
  /**
   * Forgets commits that were fetched for jobs, but for those in use and the newest, of which the next fetch takes
   * what it needs not bring; nothing where the server's own repositories stand.
   */
  forgetFetched(projectId: string, inUse: () => Promise<string[]>): Promise<void>
  blobs: Blobs
  vault: Vault
  provider: SandboxProvider
  drivers: ReadonlyMap<string, AgentDriver>
  target: DeployTarget
  ingress: Ingress
  config: Config
  /** Rings when a person answered what an agent asks; by the question's id. */
  answers: Bell
  clock: Clock
  log: Logger
}
