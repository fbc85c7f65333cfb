import { rm } from 'node:fs/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { emptyCgroup } from './cgroup.ts'
import { releaseHostUser } from './host-user.ts'
import type { SandboxPaths } from './paths.ts'
import {
  childrenOf,
  findByEnvironment,
  isAlive,
  killProcess,
  type ProcessRef,
  processRef,
} from './processes.ts'
import { removeTree } from './remove-tree.ts'
import type { SandboxState } from './state.ts'

const DEADLINE_MS = 20_000

/** The mark in the environment of what we spawn; finds a sandbox whose creator died before writing it down. */
export function marker(id: string, folder: string): string {
  return `SIGNALBOX_SANDBOX=${folder}:${id}`
}

/**
 * Ends a sandbox's whole tree and resolves when it is gone. The first process of the PID namespace goes first:
 * the kernel kills all others and lets it go only when none is left, setsid children included.
 */
export async function endTree(state: SandboxState, paths: SandboxPaths): Promise<void> {
  const roots = [state.first, state.outer].filter((ref) => ref !== undefined)
  if (state.first === undefined || state.outer === undefined) roots.push(...unrecorded(paths))
  for (const ref of roots) killProcess(ref)
  const until = Date.now() + DEADLINE_MS
  while (roots.some(isAlive)) {
    if (Date.now() > until) throw stays(paths.id)
    await new Promise((resolve) => setTimeout(resolve, 2))
    for (const ref of roots) killProcess(ref)
  }
  if (state.cgroup && !(await emptyCgroup(state.cgroup, DEADLINE_MS))) throw stays(paths.id)
}

function stays(id: string): Failure {
  return new Failure('sandbox-stays', `Sandbox ${id} could not be ended: a process of it does not go away.`, {
    retryable: true,
  })
}

/** What carries our mark, and its children: the mark stands only on the host's side of the sandbox. */
function unrecorded(paths: SandboxPaths): ProcessRef[] {
  const outers = findByEnvironment(marker(paths.id, paths.folder))
  const children = outers.flatMap((ref) => childrenOf(ref.pid)).map(processRef)
  return [...children.filter((ref) => ref !== undefined), ...outers]
}

/** Removes what a dead sandbox left on the host; its workspace goes last, its user id when nothing of it is left. */
export async function removeRemains(
  state: SandboxState | undefined,
  paths: SandboxPaths,
  lockRoot: string,
): Promise<void> {
  await rm(paths.run, { recursive: true, force: true })
  await removeTree(paths.folder)
  if (state?.hostUid !== undefined) await releaseHostUser(lockRoot, state.hostUid, paths.folder)
}
