import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Diagnostic } from '@signalbox/core/base/diagnostics.ts'
import { type ActionsLock, actionsLockFile, parseActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import { createActionSource } from '@signalbox/engine/action-source/create-action-source.ts'
import type { ActionSource } from '@signalbox/engine/action-source/port.ts'
import { dataDirOf } from '../../api/connection.ts'
import type { Cli } from '../cli.ts'

const maxLockBytes = 1024 * 1024

/** Where actions of other repositories come from on this machine: the named folder, the cache, the network. */
export function localActionSource(cli: Cli, actionsDir: string | undefined): ActionSource {
  const fromEnv = cli.env['SIGNALBOX_ACTIONS_DIR']
  return createActionSource({
    mirrorDir: actionsDir ?? (fromEnv ? resolve(cli.cwd, fromEnv) : undefined),
    cacheDir: join(dataDirOf(cli.env), 'actions'),
    url: cli.env['SIGNALBOX_ACTIONS_URL'] || 'https://github.com',
  })
}

/** The lock file of a checkout, and what is wrong with it; without a file there is neither. */
export function readLock(
  cli: Cli,
  root: string,
): { lock?: ActionsLock; diagnostics: Diagnostic[]; there: boolean } {
  const path = join(root, actionsLockFile)
  if (!existsSync(path)) return { diagnostics: [], there: false }
  const text = statSync(path).size > maxLockBytes ? '' : readFileSync(path, 'utf8')
  return { ...parseActionsLock(relative(cli.cwd, path), text), there: true }
}
