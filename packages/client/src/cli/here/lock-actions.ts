import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { isCommitId } from '@signalbox/core/workflow/action-reference.ts'
import { actionsLockFile, formatActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { type UsedAction, usedActions } from '@signalbox/engine/action-source/used-actions.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { findBuiltin, isReplaced } from '@signalbox/engine/job/actions/remote-actions.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { plain, plainLine } from '../style.ts'
import { findWorkflows } from './find-workflow.ts'
import { localActionSource, readLock } from './local-actions.ts'

interface Where {
  dir?: string | undefined
  actionsDir?: string | undefined
}

/** Prints each action with its commit; answers the exit code. */
export async function listActions(cli: Cli, where: Where, json: boolean): Promise<number> {
  const found = await look(cli, where, { forgiving: false })
  if (!found) return exitCodes.usage
  if (json) cli.json(found.used.map(jsonOf))
  else for (const one of found.used) cli.out(`${lineOf(cli, one)}\n`)
  if (!json && found.used.length === 0) cli.out('No workflow uses an action of another repository.\n')
  return found.used.some((one) => one.problem !== undefined) ? exitCodes.failed : exitCodes.ok
}

/** Writes the lock file; answers the exit code. A broken one is made anew; with a problem nothing is written. */
export async function lockActions(
  cli: Cli,
  where: Where & { update: boolean },
  json: boolean,
): Promise<number> {
  const found = await look(cli, where, { forgiving: true, unlocked: where.update })
  if (!found) return exitCodes.usage
  const problems = found.used.filter((one) => one.problem !== undefined)
  for (const one of problems) cli.err(`${lineOf(cli, one)}\n`)
  if (problems.length > 0) return exitCodes.failed
  const lock = new Map<string, string>()
  for (const { key, reference, locked, current } of found.used) {
    const commit = locked ?? current
    if (commit !== undefined && !isCommitId(reference.ref)) lock.set(key, commit)
  }
  const path = join(found.root, actionsLockFile)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, formatActionsLock(lock))
  if (json) cli.json(found.used.map(jsonOf))
  else {
    for (const one of found.used) cli.out(`${lineOf(cli, one)}\n`)
    cli.out(`${actionsLockFile}: ${lock.size} ${lock.size === 1 ? 'action' : 'actions'}\n`)
  }
  return exitCodes.ok
}

async function look(
  cli: Cli,
  where: Where,
  options: { forgiving: boolean; unlocked?: boolean },
): Promise<{ root: string; used: UsedAction[] } | undefined> {
  const { root, files } = findWorkflows(resolve(cli.cwd, where.dir ?? '.'), [])
  const actionsDir = where.actionsDir === undefined ? undefined : resolve(cli.cwd, where.actionsDir)
  const source = localActionSource(cli, actionsDir)
  const builtins = engineBuiltins(createFolderArtifacts(''))
  const read = readLock(cli, root)
  const wrong = options.forgiving ? [] : [...read.diagnostics]
  const workflows = files.flatMap(({ file, text }) => {
    const { workflow, diagnostics } = parseWorkflow(file, text, {
      builtinActions: [...builtins.values()],
      isReplaced: (uses) => isReplaced(source, uses),
    })
    if (!workflow) wrong.push(...diagnostics)
    return workflow ? [workflow] : []
  })
  for (const diagnostic of wrong) cli.err(`${plain(formatDiagnostic(diagnostic))}\n`)
  if (wrong.length > 0) return undefined
  const used = await usedActions({
    workflows,
    readLocal: (uses) => localAction(root, uses),
    source,
    lock: options.unlocked ? undefined : read.lock,
    isBuiltin: (uses) => !isReplaced(source, uses) && findBuiltin({ builtins }, uses) !== undefined,
    signal: cli.signal,
  })
  return { root, used }
}

function localAction(root: string, uses: string): string | undefined {
  for (const name of ['action.yml', 'action.yaml']) {
    const path = join(root, uses, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found?.isFile() || found.size > 256 * 1024) continue
    if (realpathSync(path).startsWith(`${realpathSync(root)}/`)) return readFileSync(path, 'utf8')
  }
  return undefined
}

function hasMoved({ locked, current }: UsedAction): boolean {
  return locked !== undefined && current !== undefined && locked !== current
}

function lineOf({ style }: Cli, one: UsedAction): string {
  const { key, locked, current, problem, from, reference } = one
  const name = `${style.bold(plainLine(key))} ${style.dim(plainLine(from))}`
  if (problem !== undefined) return `${name} ${style.red(plainLine(problem))}`
  if (isCommitId(reference.ref)) return `${name} a commit itself`
  if (hasMoved(one)) return `${name} locked to ${locked}, ${style.yellow(`moved: it is ${current} now`)}`
  return locked === undefined
    ? `${name} ${current} ${style.yellow('not locked')}`
    : `${name} locked to ${locked}`
}

function jsonOf(one: UsedAction) {
  const { key, from, locked = null, current = null, problem = null } = one
  return { action: key, from, locked, current, moved: hasMoved(one), problem }
}
