import { spawnSync } from 'node:child_process'
import { access, constants, mkdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { variables } from '../config/environment.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { type DoctorFacts, readDoctorFacts } from '../db/doctor-facts.ts'
import { migrationStatus } from '../db/migrate.ts'
import { databaseVersion } from '../db/server-facts.ts'
import { runningDatabase } from './database.ts'

interface Finding {
  ok: boolean
  /** Nothing to mend, but to know. */
  note?: boolean
  part: string
  text: string
  mend?: string
}

const wantedBytes = 2 * 1024 ** 3

/** `signalbox doctor`: what is wrong on this machine and how to mend it; exit code 1 when something is. */
export async function doctor(config: Config, args: string[]): Promise<void> {
  const findings = [
    checkGit(),
    await checkDataFolder(config),
    ...(await checkSecretFiles(config)),
    ...(await checkDatabase(config)),
    ...checkVariables(process.env),
    ...(await checkSandbox(config)),
    await checkServer(config),
  ]
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  else for (const finding of findings) process.stdout.write(line(finding))
  if (findings.some((finding) => !finding.ok)) process.exitCode = 1
}

function line(finding: Finding): string {
  const head = `${finding.ok ? (finding.note ? 'note ' : 'ok   ') : 'WRONG'}  ${finding.part.padEnd(12)} ${finding.text}\n`
  return finding.mend && !finding.ok ? `${head}       ${' '.repeat(12)} → ${finding.mend}\n` : head
}

function checkGit(): Finding {
  const git = spawnSync('git', ['--version'], { encoding: 'utf8' })
  const version = /(\d+)\.(\d+)/.exec(git.stdout ?? '')
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)]
  const ok = major > 2 || (major === 2 && minor >= 38)
  const text = version ? git.stdout.trim() : 'git is not installed'
  return { ok, part: 'git', text, mend: 'Install git 2.38 or newer.' }
}

async function checkDataFolder(config: Config): Promise<Finding> {
  const part = 'data folder'
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
    await access(config.dataDir, constants.W_OK)
    const { bavail, bsize, files, ffree } = await statfs(config.dataDir)
    // Some file systems count no inodes and say 0.
    const inodes = files === 0 ? 100 : Math.floor((ffree / files) * 100)
    const free = bavail * bsize
    const text = `${config.dataDir}, ${(free / 1024 ** 3).toFixed(1)} GB and ${inodes} % of the inodes free`
    return {
      ok: free > wantedBytes && inodes > 2,
      part,
      text,
      mend: 'Make room, or name another folder: SIGNALBOX_DATA_DIR.',
    }
  } catch {
    const mend = 'Name a folder of your own: SIGNALBOX_DATA_DIR.'
    return { ok: false, part, text: `${config.dataDir} cannot be written`, mend }
  }
}

async function checkDatabase(config: Config): Promise<Finding[]> {
  const part = 'database'
  try {
    const connectionString = await runningDatabase(config)
    const connection = connectDatabase({ connectionString, max: 1, applicationName: 'signalbox-doctor' })
    try {
      const text = `PostgreSQL ${await databaseVersion(connection.db)}`
      const pending = (await migrationStatus(connection.db)).filter((one) => one.appliedAt === null)
      if (pending.length > 0) {
        const mend = 'Run "signalbox db migrate", or start Signalbox.'
        return [{ ok: false, part, text: `${text}, ${pending.length} migrations are not applied`, mend }]
      }
      return [{ ok: true, part, text }, ...work(await readDoctorFacts(connection.db, Date.now))]
    } finally {
      await connection.close()
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const hint = error instanceof Failure ? error.hint : undefined
    const mend = hint ?? 'Run "signalbox up", or look at DATABASE_URL or DB_HOST.'
    return [{ ok: false, part, text, mend }]
  }
}

const mostSkewMs = 2000

function work({ clockAheadMs, queuedLong, aliveWorkers }: DoctorFacts): Finding[] {
  return [
    {
      ok: Math.abs(clockAheadMs) < mostSkewMs,
      part: 'clock',
      text: `${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'ahead of' : 'behind'} the database's`,
      mend: 'Keep the clocks of all machines right: chrony, or systemd-timesyncd.',
    },
    {
      ok: aliveWorkers > 0,
      part: 'workers',
      text: `${aliveWorkers} can take jobs`,
      mend: 'Start one: "signalbox up" or "signalbox worker"; its log says why it ended.',
    },
    {
      ok: queuedLong === 0,
      part: 'queue',
      text: `${queuedLong} jobs are queued for more than ten minutes`,
      mend: 'Add slots (SIGNALBOX_WORKER_SLOTS) or a worker; with a nearly full disk no job is taken.',
    },
  ]
}

/** Names that begin like ours and mean nothing: most are a slip of the pen. */
function checkVariables(env: NodeJS.ProcessEnv): Finding[] {
  const known = new Set([...variables().map((variable) => variable.name), ...notSettings])
  return Object.keys(env)
    .filter((name) => name.startsWith('SIGNALBOX_') && !known.has(name))
    .map((name) => ({
      ok: true,
      note: true,
      part: 'environment',
      text: `${name} is no setting of Signalbox: see "signalbox config"`,
    }))
}

/** Of the CLI, and of processes among each other. */
const notSettings = [
  'SIGNALBOX_URL',
  'SIGNALBOX_TOKEN',
  'SIGNALBOX_CHILD',
  'SIGNALBOX_CHILD_OF',
  'SIGNALBOX_DATABASE_KIND',
]

/** Whoever can read these files can act as everybody. */
async function checkSecretFiles({ dataDir }: Config): Promise<Finding[]> {
  const found: Finding[] = []
  for (const name of ['master-key', 'cli-token', 'database/password']) {
    const path = join(dataDir, name)
    const info = await stat(path).catch(() => undefined)
    if (!info) continue
    const mode = (info.mode & 0o777).toString(8).padStart(4, '0')
    const ok = (info.mode & 0o077) === 0
    found.push({ ok, part: name, text: `mode ${mode}`, mend: `Others can read it: chmod 600 ${path}` })
  }
  return found
}

const unsafeMend =
  'Jobs see this machine’s files and network. Take SIGNALBOX_SANDBOX=host away unless it runs nothing but trusted code.'

async function checkSandbox(config: Config): Promise<Finding[]> {
  const { tried } = await selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  const best = tried.find((capabilities) => capabilities.available)
  if (!best) {
    return tried.map((capabilities) => ({
      ok: false,
      part: capabilities.provider,
      text: capabilities.reason ?? 'is not available',
      mend: /not (installed|found)/i.test(capabilities.reason ?? '')
        ? `Install ${capabilities.provider}: apt-get install ${capabilities.provider === 'unshare' ? 'util-linux' : capabilities.provider}.`
        : 'Allow user namespaces: sysctl user.max_user_namespaces=15000 and kernel.unprivileged_userns_clone=1.',
    }))
  }
  const limits = ['memory', 'pids', 'cpu', 'disk', 'network', 'ownUser', 'syscalls', 'overlay'] as const
  return [
    // The unsafe one is named so by its own version.
    {
      ok: best.provider !== 'host',
      part: 'sandbox',
      text: `${best.provider} ${best.version ?? ''}`.trim(),
      mend: unsafeMend,
    },
    ...limits.map((name) => {
      const { enforced, how } = best[name]
      return {
        ok: true,
        note: !enforced,
        part: `  ${name}`,
        text: `${enforced ? 'enforced' : 'NOT enforced'}: ${how}`,
      }
    }),
  ]
}

async function checkServer(config: Config): Promise<Finding> {
  const part = 'server'
  try {
    const response = await fetch(`http://127.0.0.1:${config.port}/health`, {
      signal: AbortSignal.timeout(3000),
    })
    const text = `port ${config.port} answers ${response.status}`
    return { ok: response.ok, part, text, mend: 'The answer of /health names the part that is down.' }
  } catch {
    return { ok: false, part, text: `nothing answers on port ${config.port}`, mend: 'Run "npm start".' }
  }
}
