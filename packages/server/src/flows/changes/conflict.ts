import { createHash } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { MergeMethod } from '../../forge/port.ts'
import type { ChangeScene } from './change-scene.ts'
import { keptFor } from './kept-commits.ts'

const filesNamed = 50
const readBytes = 1024 * 1024

/** A turn that starts from the merge with its conflicts marked; what the run's subject keeps of it. */
const Conflict = z.object({ head: z.string(), base: z.string(), files: z.array(z.string()) })
export type Conflict = z.infer<typeof Conflict>

/** What the turn of this run is to resolve; undefined for an ordinary one. */
export function conflictOf(subject: Record<string, unknown>): Conflict | undefined {
  return Conflict.safeParse(subject['conflict']).data
}

/** The same for the same files in conflict with the same base: a second try would find nothing new. */
export function conflictFingerprint(base: string, files: string[]): string {
  return createHash('sha256')
    .update(['conflict', base, ...files].join('\n'))
    .digest('hex')
}

/**
 * When the branch of the pull request and its base have come into conflict: a commit for the agent to start from,
 * both sides merged and the conflicts marked in the files. It stands in no branch.
 */
export async function markConflict(
  scene: ChangeScene,
): Promise<{ commit: string; conflict: Conflict } | undefined> {
  const { deps, change, project, pullRequest } = scene
  if (!pullRequest) return undefined
  const projectId = project.id
  const base = await deps.forge.head(projectId, pullRequest.base_branch)
  const head = await deps.forge.head(projectId, pullRequest.head_branch)
  if (!base || !head) return undefined
  const message = `Conflicts of change #${change.number} with ${pullRequest.base_branch}\n`
  const merged = await deps.forge.mergeCommit({ projectId, base, head, message })
  if (merged.ok || !merged.marked) return undefined
  const at = Math.floor(change.created_at.getTime() / 1000)
  const author = { name: 'Signalbox', email: 'signalbox@localhost', at }
  const made = { projectId, tree: merged.marked, parents: [head, base], message, author }
  const commit = await deps.forge.commitTree(made)
  await deps.forge.keepCommit(projectId, `${keptFor(change.id)}/turn`, commit)
  return { commit, conflict: { head, base, files: merged.conflicts.slice(0, filesNamed) } }
}

/** What the agent is told beside the goal of its turn. */
export function conflictPrompt(conflict: Conflict, baseBranch: string): string {
  return [
    `Meanwhile ${baseBranch} has moved to ${conflict.base.slice(0, 12)}, and your change conflicts with it in:`,
    ...conflict.files.map((file) => `- ${file}`),
    '',
    'Your workspace holds the merge of both. In these files the conflicts are marked with <<<<<<<, ======= and >>>>>>>.',
    'Resolve every one of them so that both intents are kept, remove the markers, and check that the rest still fits.',
  ].join('\n')
}

/** The parents of what the agent made of it: replaying could not pass a merge, so a rebasing project gets one commit. */
export function parentsOf(conflict: Conflict, method: MergeMethod): string[] {
  return method === 'rebase' ? [conflict.base] : [conflict.head, conflict.base]
}

/** The files that still hold markers of a conflict in this commit. */
export async function leftMarkers(scene: ChangeScene, commit: string, conflict: Conflict): Promise<string[]> {
  const left: string[] = []
  for (const file of conflict.files) {
    const found = await scene.deps.forge
      .readFile(scene.project.id, commit, file, readBytes)
      .catch((error: unknown) => {
        // A link or a submodule in its place holds no markers.
        if (error instanceof Failure && error.code === 'not-a-file') return undefined
        throw error
      })
    if (found && /^<{7} /m.test(found.text) && /^>{7} /m.test(found.text)) left.push(file)
  }
  return left
}
