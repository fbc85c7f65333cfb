import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { repositoryOf } from '@signalbox/core/workflow/action-reference.ts'
import { createGitSource } from './git-source.ts'
import { createMirrorSource } from './mirror-source.ts'
import type { ActionSource } from './port.ts'

/** Where this machine gets actions from. */
export interface ActionSourceOptions {
  /** A folder of actions, asked first; undefined: none. */
  mirrorDir: string | undefined
  /** Of what is fetched. */
  cacheDir: string
  /** The server; `off`: no network is ever asked. */
  url: string
}

/** The source of a machine: what its folder of actions has, then the cache and the server. */
export function createActionSource({ mirrorDir, cacheDir, url }: ActionSourceOptions): ActionSource {
  const mirror = mirrorDir === undefined ? undefined : createMirrorSource(mirrorDir)
  const remote = createGitSource({ dir: cacheDir, url })
  const online = url !== 'off'
  return {
    replaces: (wanted) => mirror?.replaces(wanted) === true,
    async commitOf(wanted, signal) {
      if (mirror?.replaces(wanted)) return await mirror.commitOf(wanted, signal)
      return online ? await remote.commitOf(wanted, signal) : undefined
    },
    async resolve(wanted, signal) {
      if (mirror && (mirror.replaces(wanted) || !online)) return await mirror.resolve(wanted, signal)
      if (online) return await remote.resolve(wanted, signal)
      throw new Failure(
        'action-not-found',
        `${repositoryOf(wanted)}@${wanted.ref} is nowhere to be got from.`,
        {
          hint: 'Fetching is switched off (SIGNALBOX_ACTIONS_URL=off), and there is no folder of actions.',
        },
      )
    },
  }
}

/** Removes what was fetched and not used for so long, and halves that a crash left; answers how many. */
export async function sweepActions(cacheDir: string, olderThanMs: number, now: number): Promise<number> {
  let removed = 0
  const old = async (path: string, ageMs: number): Promise<void> => {
    const found = await stat(path).catch(() => undefined)
    if (!found || now - found.mtimeMs < ageMs) return
    await rm(path, { recursive: true, force: true })
    removed += 1
  }
  const names = async (path: string) => await readdir(path).catch(() => [])
  for (const host of await names(cacheDir)) {
    if (host.startsWith('fetching-')) {
      await old(join(cacheDir, host), 86_400_000)
      continue
    }
    for (const owner of await names(join(cacheDir, host))) {
      for (const repo of await names(join(cacheDir, host, owner))) {
        const folder = join(cacheDir, host, owner, repo)
        for (const commit of await names(folder)) await old(join(folder, commit), olderThanMs)
      }
    }
  }
  return removed
}
