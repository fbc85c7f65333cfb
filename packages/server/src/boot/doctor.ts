import { spawnSync } from 'node:child_process'
import { access, constants, mkdir, statfs } from 'node:fs/promises'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
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
    await checkDatabase(config),
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
    const { bavail, bsize } = await statfs(config.dataDir)
    const free = bavail * bsize
    const text = `${config.dataDir}, ${(free / 1024 ** 3).toFixed(1)} GB free`
    return {
      ok: free > wantedBytes,
      part,
      text,
      mend: 'Make room, or name another folder: SIGNALBOX_DATA_DIR.',
    }
  } catch {
    const mend = 'Name a folder of your own: SIGNALBOX_DATA_DIR.'
    return { ok: false, part, text: `${config.dataDir} cannot be written`, mend }
  }
}

async function checkDatabase(config: Config): Promise<Finding> {
  const part = 'database'
  try {
    const connectionString = await runningDatabase(config)
    const connection = connectDatabase({ connectionString, max: 1, applicationName: 'signalbox-doctor' })
    try {
      return { ok: true, part, text: `PostgreSQL ${await databaseVersion(connection.db)}` }
    } finally {
      await connection.close()
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { ok: false, part, text, mend: 'Run "signalbox up", or look at DATABASE_URL.' }
  }
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
      mend: 'Install bubblewrap (apt-get install bubblewrap) and allow user namespaces.',
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
