import type { Clock } from '@signalbox/core/base/clock.ts'
import type { ActionSource } from '@signalbox/engine/action-source/port.ts'
import type { AgentDriver } from '@signalbox/engine/agent/port.ts'
import type { DeployTarget, Ingress } from '@signalbox/engine/deploy/port.ts'
import type { ContainerEngine } from '@signalbox/engine/sandbox/container-port.ts'
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
import type { WorkerMetrics } from './metrics.ts'

/** What a turn of an agent made, and the fence by which this worker holds its job. */
export interface TreeOfTurn {
  job: { id: string; fence: number }
  tree: string
  /** The commit that the turn began from. */
  base: string
  signal: AbortSignal
}

/** What a worker is built from; handed in once by main.ts. */
export interface WorkerDeps {
  workerId: string
  db: Kysely<Database>
  queue: Queue
  forge: Forge
  /** Brings a commit into the repository of this machine; at once where the server's own stands. */
  fetchCommit(project: { id: string; slug: string }, commit: string): Promise<void>
  /** Where a branch of the server's repository stands, and brings that commit; undefined: there is no such branch. */
  fetchHead(project: { id: string; slug: string }, branch: string): Promise<string | undefined>
  /**
   * Brings all branches and tags into the repository of this machine; at once where the server's own stands. Answers
   * the prefix below which they stand there, as `heads/main` and `tags/v1`.
   */
  fetchRefs(project: { id: string; slug: string }): Promise<string>
  /**
   * Brings a tree that a turn left in the repository of this machine into the server's; at once where that is the
   * same. Failure `job-lost` when the fence is not the job's any more, `tree-refused` when the server wants none of it.
   */
  sendTree(project: { id: string; slug: string }, turn: TreeOfTurn): Promise<void>
  /**
   * Forgets commits that were fetched for jobs, but for those in use and the newest, of which the next fetch takes
   * what it needs not bring; nothing where the server's own repositories stand.
   */
  forgetFetched(projectId: string, inUse: () => Promise<string[]>): Promise<void>
  blobs: Blobs
  vault: Vault
  provider: SandboxProvider
  /** Where actions of other repositories come from. */
  actionSource: ActionSource
  /** Where `container` and `services` of jobs run; asked when a job has them. */
  containers?: ContainerEngine
  drivers: ReadonlyMap<string, AgentDriver>
  target: DeployTarget
  ingress: Ingress
  config: Config
  /** Rings when a person answered what an agent asks; by the question's id. */
  answers: Bell
  /** What this worker measures of its own work. */
  metrics: WorkerMetrics
  clock: Clock
  log: Logger
}
