import { execFile } from 'node:child_process'
import { chmod, chown, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { DatabaseLog } from '../log.ts'
import { unreachable } from './failures.ts'

const run = promisify(execFile)
const ownName = 'signalbox-db'

/** Who PostgreSQL runs as; undefined ids: as we do. */
export interface Account {
  name: string
  ids: { uid: number; gid: number } | undefined
}

/**
 * The account for PostgreSQL, which refuses to be root: ourselves when we are not; else whoever owns the data
 * already; else an account of its own, made when it can be; else `nobody`, which the log then says.
 */
export async function databaseAccount(data: string, log: DatabaseLog): Promise<Account> {
  if (process.getuid?.() !== 0) return { name: 'yours', ids: undefined }
  const owner = await stat(data).catch(() => undefined)
  if (owner && owner.uid !== 0) {
    return { name: await nameOf(owner.uid), ids: { uid: owner.uid, gid: owner.gid } }
  }
  const known = await accountNamed(ownName)
  if (known) return known
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      ownName,
    ])
    log.info(`made the system account ${ownName}, under which PostgreSQL runs`)
  } catch (error) {
    // Another process may have made it at the same moment.
    const why = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error)
    if (!(await accountNamed(ownName))) {
      log.warn(`PostgreSQL runs as "nobody": the account ${ownName} could not be made (${why.trim()})`)
    }
  }
  const made = (await accountNamed(ownName)) ?? (await accountNamed('nobody'))
  return made ?? { name: 'nobody', ids: { uid: 65534, gid: 65534 } }
}

async function accounts(): Promise<{ name: string; uid: number; gid: number }[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

async function accountNamed(name: string): Promise<Account | undefined> {
  const found = (await accounts()).find((account) => account.name === name)
  return found && { name, ids: { uid: found.uid, gid: found.gid } }
}

async function nameOf(uid: number): Promise<string> {
  return (await accounts()).find((account) => account.uid === uid)?.name ?? String(uid)
}

/** Whether the account may pass through every folder above, and do at `path` what the bits (of 7) say. */
export async function canReach(account: Account, path: string, bits: number): Promise<boolean> {
  if (!account.ids) return true
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder)
    const shift = uid === account.ids.uid ? 6 : gid === account.ids.gid ? 3 : 0
    const needed = folder === path ? bits : 0o1
    if (((mode >> shift) & needed) !== needed) return false
    if (folder === dirname(folder)) return true
  }
}

/**
 * Lets the account pass through our own data folder (by its group, not everybody), and refuses with
 * `database-folder-unreachable` when a folder further up is closed to it.
 */
export async function openPath(account: Account, dataDir: string, folder: string): Promise<void> {
  if (!account.ids) return
  for (const own of [dataDir, folder]) {
    const { mode, uid, gid } = await stat(own)
    if (uid === account.ids.uid || (mode & 0o1) !== 0) continue
    if (gid !== account.ids.gid) await chown(own, uid, account.ids.gid)
    await chmod(own, (mode & 0o7777) | 0o010)
  }
  if (!(await canReach(account, folder, 0o1))) throw unreachable(folder, account.name)
}
