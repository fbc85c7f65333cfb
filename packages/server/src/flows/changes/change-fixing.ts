import type { Transaction } from 'kysely'
import { evidenceByRun } from '../../db/evidence.ts'
import type { Database } from '../../db/schema.ts'
import { type ChangeScene, move, type StageResult } from './change-scene.ts'
import { conflictPrompt, markConflict } from './conflict.ts'
import { speak } from './speak.ts'

/** The back-off before the evidence goes to the agent: wait for its end, then say it. */
export async function advanceFixing(scene: ChangeScene): Promise<StageResult> {
  const { deps, change, agentRun } = scene
  if (!agentRun) return await move(scene, { type: 'machine_failed', reason: 'It has no agent to fix it.' })
  if (change.retry_at && change.retry_at > deps.clock.now()) {
    await deps.queue.send(deps.db, 'advance-change', { changeId: change.id }, change.retry_at)
    return 'wait'
  }
  const evidence = change.validation_run_id
    ? await evidenceByRun(deps.db, change.validation_run_id)
    : undefined
  const marked = await markConflict(scene)
  const baseBranch = scene.pullRequest?.base_branch ?? scene.project.default_branch
  const text = marked
    ? conflictPrompt(marked.conflict, baseBranch)
    : fixPrompt(change.fix_attempts + 1, evidence)
  return await move(
    scene,
    { type: 'fix_started' },
    {
      also: async (tx: Transaction<Database>) =>
        await speak(deps, tx, agentRun, { role: 'platform', mode: 'work', text }),
    },
  )
}

function fixPrompt(
  attempt: number,
  evidence: { summary: string; failing_step: string | null; excerpt: string } | undefined,
): string {
  if (!evidence) return 'The validation failed and left no evidence. Look at your change again and mend it.'
  return [
    `The validation of your change failed (fix attempt ${attempt}). Mend the cause; do not weaken the check.`,
    '',
    evidence.summary,
    '',
    'Evidence:',
    evidence.excerpt,
  ].join('\n')
}
