// Written by `npm run db:create-migration`: a static list, so that a bundle carries every migration.
import type { Migration } from 'kysely/migration'
import * as m0001Foundation from './0001-foundation.ts'
import * as m0002Snapshots from './0002-snapshots.ts'
import * as m0003Agents from './0003-agents.ts'
import * as m0004Engine from './0004-engine.ts'
import * as m0005Forge from './0005-forge.ts'
import * as m0006People from './0006-people.ts'
import * as m0007Secrets from './0007-secrets.ts'
import * as m0008Operations from './0008-operations.ts'
import * as m0009Comments from './0009-comments.ts'
import * as m0010Notifications from './0010-notifications.ts'
import * as m0011Search from './0011-search.ts'
import * as m0012Audit from './0012-audit.ts'
import * as m0016SignIn from './0016-sign-in.ts'
import * as m0017ManyRuns from './0017-many-runs.ts'
import * as m0021Cancel from './0021-cancel.ts'
import * as m0022OldSecrets from './0022-old-secrets.ts'
import * as m0030StepKind from './0030-step-kind.ts'
import * as m0040CalledWorkflows from './0040-called-workflows.ts'
import * as m0041Events from './0041-events.ts'
import * as m0042Schedules from './0042-schedules.ts'
import * as m0043Groups from './0043-groups.ts'
import * as m0044Machines from './0044-machines.ts'
import * as m0044Protection from './0044-protection.ts'
import * as m0045ActionsLock from './0045-actions-lock.ts'
import * as m0046RuntimeServices from './0046-runtime-services.ts'

/** Every migration by its file's name, in order. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': m0001Foundation,
  '0002-snapshots': m0002Snapshots,
  '0003-agents': m0003Agents,
  '0004-engine': m0004Engine,
  '0005-forge': m0005Forge,
  '0006-people': m0006People,
  '0007-secrets': m0007Secrets,
  '0008-operations': m0008Operations,
  '0009-comments': m0009Comments,
  '0010-notifications': m0010Notifications,
  '0011-search': m0011Search,
  '0012-audit': m0012Audit,
  '0016-sign-in': m0016SignIn,
  '0017-many-runs': m0017ManyRuns,
  '0021-cancel': m0021Cancel,
  '0022-old-secrets': m0022OldSecrets,
  '0030-step-kind': m0030StepKind,
  '0040-called-workflows': m0040CalledWorkflows,
  '0041-events': m0041Events,
  '0042-schedules': m0042Schedules,
  '0043-groups': m0043Groups,
  '0044-machines': m0044Machines,
  '0044-protection': m0044Protection,
  '0045-actions-lock': m0045ActionsLock,
  '0046-runtime-services': m0046RuntimeServices,
}
