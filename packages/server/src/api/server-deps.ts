import type { Clock } from '@signalbox/core/base/clock.ts'
import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import type { Finding, Health, SystemView } from '@signalbox/core/contract/views/system.ts'
import type { RouteStatus } from '@signalbox/engine/deploy/port.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import type { EventStream } from '../events/subscribe.ts'
import type { LocalForge } from '../forge/local/create-local-forge.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Blobs } from '../storage/port.ts'
import type { Flows } from './flows-port.ts'

export type PartHealth = Health['database']
export type { Finding }
/** What a kind of sandbox can enforce, as the machine that has it says. */
export type SandboxSaid = SystemView['workers'][number]['sandbox'][number]

/** Looks at a part now; a throw or more than 2 s counts as down. */
export type Probe = () => Promise<PartHealth>

/** Everything that the HTTP side needs, built by main.ts. */
export interface ServerDeps {
  config: Config
  db: Kysely<Database>
  events: EventStream
  forge: LocalForge
  blobs: Blobs
  vault: Vault
  flows: Flows
  clock: Clock
  /** The key of sessions and of two-factor (auth/auth-key.ts). */
  authSecret: string
  log: Logger
  version: string
  startedAt: Date
  databaseKind: 'embedded' | 'external'
  /** As the server says it: `18.4`. */
  databaseVersion(): Promise<string>
  /** The agent drivers of this build, by the name that settings use. */
  agentDrivers: ReadonlyMap<string, { label: string; scripted: boolean }>
  probes: { database: Probe; queue: Probe; worker: Probe; ingress: Probe; disk: Probe }
  /** What is older than it is kept, here or in a project: how much, and away with it. */
  retention: {
    preview(projectId?: string): Promise<RetentionPreview>
    run(projectId?: string): Promise<RetentionPreview>
  }
  /** Looks at everything that may be wrong here now; slow. */
  doctor(sandboxes: SandboxSaid[]): Promise<Finding[]>
  /** What only this process can measure. */
  measures: {
    pool(): { total: number; idle: number; waiting: number }
    freeBytes(): Promise<number>
  }
  /** What the ingress serves; throws when it cannot be reached. */
  ingressRoutes(): Promise<RouteStatus[]>
  /** The last output of a release, as the deploy target keeps it. */
  releaseOutput(deploymentId: string, maxBytes: number): Promise<string>
  /** The hash of the token in this data folder's `cli-token`: its holder is not limited in number. */
  machineToken: Buffer | undefined
  /** Host names beside loopback to which the server answers, lower case, without port. */
  allowedHosts: string[]
  /** The built dashboard; undefined: not built, `/` says so. */
  dashboardDir: string | undefined
}
