import type { Clock } from '@signalbox/core/base/clock.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/schema.ts'
import type { Forge } from '../forge/port.ts'
import type { Blobs } from '../storage/port.ts'
import type { Queue } from './queue.ts'

/** What every flow is built from; handed in once by main.ts. */
export interface FlowDeps {
  db: Kysely<Database>
  queue: Queue
  forge: Forge
  blobs: Blobs
  config: Config
  clock: Clock
  log: Logger
}
