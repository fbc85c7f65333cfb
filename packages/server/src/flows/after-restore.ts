import { newId } from '@signalbox/core/base/ids.ts'
import type { Kysely } from 'kysely'
import { findDeployment, forgetReleases, insertDeployment, openDeployments } from '../db/deployments.ts'
import { listEnvironments, setLive } from '../db/environments.ts'
import type { Database } from '../db/schema.ts'
import { endAllSignIns } from '../db/sessions.ts'
import { endAllShells } from '../db/shells.ts'
import { forgetAllLayers } from '../db/snapshots.ts'
import { moveDeployment } from '../db/state.ts'
import { deleteSilentWorkers } from '../db/workers.ts'

const reason =
  'It was under way when the backup was made, whose machine has the release: deploy the commit again.'

/**
 * Makes rows of another machine, or another time, true here. No worker of then holds anything: its jobs are taken
 * up as new attempts, by which its own claims are void. No release of then runs: what was live is deployed again,
 * and deployments that were half out are over. No layer of then is here: installs are made anew. Nobody is signed in:
 * sessions and links that ended after the backup would be good again. API tokens stay, since machines cannot ask for
 * new ones. All of it or nothing.
 */
export async function settleAfterRestore(
  db: Kysely<Database>,
  now: Date,
): Promise<{ redeployed: string[]; ended: number; signedOut: number }> {
  return await db.transaction().execute(async (tx) => {
    // The clock of then may have been ahead of ours.
    await deleteSilentWorkers(tx, new Date(now.getTime() + 400 * 24 * 3_600_000))
    let ended = 0
    for (const { id, fence, status } of await openDeployments(tx)) {
      if (status === 'queued') continue
      await moveDeployment(tx, { id, fence, event: { type: 'unhealthy', reason }, now })
      ended += 1
    }
    await forgetReleases(tx)
    await endAllShells(tx, now)
    await forgetAllLayers(tx)
    const signedOut = await endAllSignIns(tx)
    const redeployed: string[] = []
    for (const environment of await listEnvironments(tx)) {
      const live =
        environment.live_deployment_id && (await findDeployment(tx, environment.live_deployment_id))
      if (!live) continue
      await setLive(tx, { id: environment.id, fence: environment.fence, deploymentId: null })
      if (live.conclusion === 'live') {
        await moveDeployment(tx, { id: live.id, fence: live.fence, event: { type: 'superseded' }, now })
      }
      await insertDeployment(tx, {
        id: newId(),
        project_id: live.project_id,
        environment_id: environment.id,
        change_id: null,
        run_id: null,
        commit_id: live.commit_id,
        trigger: 'manual',
        previous_deployment_id: null,
        rollback_of: null,
      })
      redeployed.push(environment.host)
    }
    return { redeployed, ended, signedOut }
  })
}
