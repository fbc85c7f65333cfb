import { execFile } from 'node:child_process'
import { access, constants, mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createIngressClient } from '@signalbox/engine/deploy/ingress/client.ts'
import { findPortHolder, type PortHolder } from '@signalbox/engine/deploy/ingress/port-holder.ts'
import { createContainerEngine } from '@signalbox/engine/sandbox/docker/engine.ts'
import { isAlive } from '@signalbox/engine/sandbox/linux/processes.ts'
import { readState } from '@signalbox/engine/sandbox/linux/state.ts'
import type { Finding } from '../api/server-deps.ts'
import { variables } from '../config/environment.ts'
import type { Config } from '../config.ts'
import { note, ok, warning, wrong } from './doctor-finding.ts'

const wantedBytes = 2 * 1024 ** 3

/** git 2.38 or newer. */
export async function checkGit(): Promise<Finding> {
  const mend = 'Install git 2.38 or newer.'
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'])
    const [, major, minor] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number)
    const enough = (major ?? 0) > 2 || (major === 2 && (minor ?? 0) >= 38)
    return enough ? ok('git', stdout.trim()) : wrong('git', stdout.trim(), mend)
  } catch {
    return wrong('git', 'git is not installed', mend)
  }
}

/** Whether the data folder can be written, is ours alone, and has room. */
export async function checkDataFolder({ dataDir }: Config): Promise<Finding[]> {
  const part = 'data folder'
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o711 })
    await access(dataDir, constants.W_OK)
    const { bavail, bsize, files, ffree } = await statfs(dataDir)
    // Some file systems count no inodes and say 0.
    const inodes = files === 0 ? 100 : Math.floor((ffree / files) * 100)
    const free = bavail * bsize
    const text = `${dataDir}, ${(free / 1024 ** 3).toFixed(1)} GB and ${inodes} % of the inodes free`
    const mend = 'Make room, or name another folder: SIGNALBOX_DATA_DIR.'
    const room = free > wantedBytes && inodes > 2 ? ok(part, text) : wrong(part, text, mend)
    const { uid, mode } = await stat(dataDir)
    return [room, ...ownerFindings({ dataDir, uid, mode, me: process.getuid?.() ?? uid })]
  } catch {
    const mend = 'Name a folder of your own: SIGNALBOX_DATA_DIR.'
    return [wrong(part, `${dataDir} cannot be written`, mend)]
  }
}

/** Whose the data folder is, and who else may write into it. */
export function ownerFindings(folder: { dataDir: string; uid: number; mode: number; me: number }): Finding[] {
  const { dataDir, uid, mode, me } = folder
  const found: Finding[] = []
  if (uid !== me) {
    const text = `${dataDir} belongs to user ${uid}, and this process is user ${me}: one cannot read what the other keeps`
    const mend = 'Run Signalbox, and this command, as the user who owns the folder; or chown -R the folder.'
    found.push(warning('owner', text, mend))
  }
  if ((mode & 0o022) !== 0) {
    const text = `others may write into ${dataDir} (mode ${octal(mode)})`
    found.push(wrong('owner', text, `They could put keys and programs there: chmod go-w ${dataDir}`))
  }
  return found.length > 0 ? found : [ok('owner', `user ${uid} alone may write into the data folder`)]
}

/** Whoever can read these files can act as everybody. */
export async function checkSecretFiles({ dataDir }: Config): Promise<Finding[]> {
  const found: Finding[] = []
  for (const name of ['master-key', 'auth-key', 'cli-token', 'database/password']) {
    const path = join(dataDir, name)
    const info = await stat(path).catch(() => undefined)
    if (!info) continue
    const text = `mode ${octal(info.mode)}`
    const closed = (info.mode & 0o077) === 0
    found.push(closed ? ok(name, text) : wrong(name, text, `Others can read it: chmod 600 ${path}`))
  }
  return found
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** Names that begin like ours and mean nothing: most are a slip of the pen. */
export function checkVariables(env: NodeJS.ProcessEnv): Finding[] {
  const known = new Set([...variables().map((variable) => variable.name), ...notSettings])
  return Object.keys(env)
    .filter((name) => name.startsWith('SIGNALBOX_') && !known.has(name))
    .map((name) => note('environment', `${name} is no setting of Signalbox: see "signalbox config"`))
}

/** Of the CLI, and of processes among each other. */
const notSettings = [
  'SIGNALBOX_ROOT',
  'SIGNALBOX_URL',
  'SIGNALBOX_ROOT',
  'SIGNALBOX_TOKEN',
  'SIGNALBOX_SANDBOX_IMAGE',
  'SIGNALBOX_CHILD',
  'SIGNALBOX_CHILD_OF',
  'SIGNALBOX_DATABASE_KIND',
]

/** Whether the ports are ours, free, or another program's. */
export async function checkPorts(config: Config): Promise<Finding[]> {
  const { port, ingressPort, dataDir } = config
  // It is looked at as it is now: nobody waits for one that was never started.
  const ingress = createIngressClient({ dataDir, downForMs: 0 })
  const [server, releases] = await Promise.all([
    isOurServer(port),
    ingress.address().then(
      (address) => address.port === ingressPort,
      () => false,
    ),
  ])
  return [
    portFinding({ part: 'server', variable: 'PORT', port, ours: server, holder: await findPortHolder(port) }),
    portFinding({
      part: 'ingress',
      variable: 'SIGNALBOX_INGRESS_PORT',
      port: ingressPort,
      ours: releases,
      holder: await findPortHolder(ingressPort),
    }),
  ]
}

/** What is said of one port. */
export function portFinding(seen: {
  part: string
  variable: string
  port: number
  /** Signalbox answers on it. */
  ours: boolean
  /** Who listens, where that can be seen. */
  holder: PortHolder | undefined
}): Finding {
  const { part, variable, port, holder } = seen
  if (seen.ours) return ok(part, `answers on port ${port}`)
  if (!holder) return warning(part, `nothing answers on port ${port}`, 'Start it: "signalbox up".')
  const text = `port ${port} is taken by ${holder.command} (process ${holder.pid}), which is not Signalbox or does not answer`
  return wrong(part, text, `Stop it, or name another port: ${variable}.`)
}

async function isOurServer(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(3000) })
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && 'database' in body && 'worker' in body
  } catch {
    return false
  }
}

/** Sandboxes whose maker is dead, and that nobody has ended. */
export async function checkLeftSandboxes({ dataDir }: Config): Promise<Finding> {
  const folder = join(dataDir, 'sandboxes')
  const left: string[] = []
  const ids = await readdir(folder).catch(() => [])
  for (const id of ids) {
    const state = await readState(join(folder, id, 'state.json')).catch(() => undefined)
    if (state && !state.detached && !isAlive(state.creator)) left.push(id)
  }
  if (left.length === 0) return ok('sandboxes', `${ids.length} on this machine, each with its maker`)
  const named = left.slice(0, 3).join(', ')
  return warning(
    'sandboxes',
    `${left.length} were left by a process that is gone: ${named}`,
    'A worker of this machine ends them within a minute; start one: "signalbox worker".',
  )
}

/** Whether jobs with `container` or `services` can run here; everything else needs no engine. */
export async function checkContainers(
  { dataDir }: Pick<Config, 'dataDir'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Finding> {
  const state = await createContainerEngine({ dataDir, env }).probe()
  if (state.available) return ok('containers', `${state.version}: jobs may have container and services`)
  const why = [state.reason, state.hint].filter(Boolean).join(' ')
  return note('containers', `jobs with container or services do not run here. ${why}`)
}
