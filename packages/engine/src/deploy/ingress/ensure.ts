import { spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Failure } from '@signalbox/core/base/failure.ts'
import { callControl } from './control-call.ts'
import { type IngressPaths, ingressPaths } from './paths.ts'
import { findPortHolder } from './port-holder.ts'
import { ProcessFile } from './schema.ts'
import { portInUse } from './server.ts'

const startTimeoutMs = 20_000
const answerTimeoutMs = 3_000
const killAfterMs = 8_000
const dyingMs = 3_000
const mainFile = fileURLToPath(new URL('./main.ts', import.meta.url))

/** The ingress that serves a data folder. */
export interface EnsuredIngress {
  pid: number
  port: number
  /** It ran before: it outlived the server that started it. */
  adopted: boolean
}

/**
 * Finds the running ingress of a data folder, or starts one as a process of its own that outlives the caller.
 * One that serves another port is moved; one that no longer answers is ended first.
 * Failures: `port-in-use` (names the holder), `ingress-start-failed` (with its last words).
 */
export async function ensureIngress(options: {
  dataDir: string
  port: number
  /** Node 24 or later. */
  nodePath: string
}): Promise<EnsuredIngress> {
  const paths = ingressPaths(options.dataDir)
  await mkdir(paths.folder, { recursive: true, mode: 0o700 })
  const running = await health(paths)
  if (running && (running.port === options.port || options.port === 0))
    return { ...pick(running), adopted: true }
  const own = running ?? (await ownProcess(paths, options.dataDir))
  // Looked at first: an ingress that serves is not given up for a port that cannot be had.
  if (own?.port !== options.port) await waitUntilFree(options.port)
  if (own) await end(own.pid, { paths, dataDir: options.dataDir, isAnswering: running !== undefined })
  return await startDetached(options, paths)
}

/** Ends the ingress of a data folder; idempotent; resolves true when one was running. Stored routes stay. */
export async function stopIngress({ dataDir }: { dataDir: string }): Promise<boolean> {
  const paths = ingressPaths(dataDir)
  const answering = await health(paths)
  const own = answering ?? (await ownProcess(paths, dataDir))
  if (own) await end(own.pid, { paths, dataDir, isAnswering: answering !== undefined })
  return own !== undefined
}

async function end(
  pid: number,
  { paths, dataDir, isAnswering }: { paths: IngressPaths; dataDir: string; isAnswering: boolean },
): Promise<void> {
  if (isAnswering) {
    const asked = callControl(paths.controlSocket, {
      method: 'POST',
      path: '/stop',
      timeoutMs: answerTimeoutMs,
    })
    const isAsked = await asked.then(
      () => true,
      () => false,
    )
    if (isAsked && (await hasEnded(pid, killAfterMs))) return
  }
  // It hangs: its pid is still this ingress, checked just now, so nobody else is hit.
  if (await isIngress(pid, dataDir)) process.kill(pid, 'SIGKILL')
  if (await hasEnded(pid, killAfterMs)) return
  throw new Failure('ingress-stuck', `The ingress (process ${pid}) does not end.`, { retryable: true })
}

async function startDetached(
  { dataDir, port, nodePath }: { dataDir: string; port: number; nodePath: string },
  paths: IngressPaths,
): Promise<EnsuredIngress> {
  const log = await open(paths.logFile, 'a', 0o600)
  const offset = (await log.stat()).size
  const child = spawn(nodePath, [mainFile, '--data', dataDir, '--port', String(port)], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log.fd, log.fd],
    // It needs nothing of ours, and the server's environment holds secrets.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...compileCache() },
  })
  await log.close()
  let ended: string | undefined
  child.once('exit', (code, signal) => {
    ended = `exit ${code ?? signal}`
  })
  child.once('error', (error) => {
    ended = error.message
  })
  child.unref()
  const giveUpAt = Date.now() + startTimeoutMs
  while (Date.now() < giveUpAt && ended === undefined) {
    const running = await health(paths)
    if (running && running.pid === child.pid) return { ...pick(running), adopted: false }
    if (running) break
    await delay(50)
  }
  // A child that did not win goes at once: still booting, it would take the port when the winner is stopped.
  const why = ended ?? 'no answer'
  if (ended === undefined) child.kill('SIGKILL')
  if (child.pid !== undefined) await hasEnded(child.pid, killAfterMs)
  const winner = await health(paths)
  if (winner) return { ...pick(winner), adopted: true }
  const words = (await readFile(paths.logFile)).subarray(offset).toString('utf8').trim().slice(-1_000)
  if (words.includes('port-in-use')) throw await portInUse(port)
  throw new Failure('ingress-start-failed', `The ingress did not start (${why}): ${words}`)
}

function compileCache(): Record<string, string> {
  const folder = process.env['NODE_COMPILE_CACHE']
  return folder ? { NODE_COMPILE_CACHE: folder } : {}
}

function pick({ pid, port }: ProcessFile): { pid: number; port: number } {
  return { pid, port }
}

async function health({ controlSocket }: IngressPaths): Promise<ProcessFile | undefined> {
  const answer = await callControl(controlSocket, {
    method: 'GET',
    path: '/health',
    timeoutMs: answerTimeoutMs,
  }).catch(() => undefined)
  return answer === undefined ? undefined : ProcessFile.parse(answer)
}

/** The process of the pid file, if it is still an ingress of this folder and not a later process of that number. */
async function ownProcess(paths: IngressPaths, dataDir: string): Promise<ProcessFile | undefined> {
  const text = await readFile(paths.processFile, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const file = ProcessFile.safeParse(JSON.parse(text))
  return file.success && (await isIngress(file.data.pid, dataDir)) ? file.data : undefined
}

async function isIngress(pid: number, dataDir: string): Promise<boolean> {
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return args.includes(dataDir) && args.some((arg) => /\/ingress\/main\.[jt]s$/.test(arg))
}

async function hasEnded(pid: number, timeoutMs: number): Promise<boolean> {
  const giveUpAt = Date.now() + timeoutMs
  while (Date.now() < giveUpAt) {
    if (!(await isAlive(pid))) return true
    await delay(25)
  }
  return false
}

/** A zombie that its parent has not collected yet is dead. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat !== undefined && !/^\d+ \(.*\) Z /s.test(stat)
}

/** A process that was killed just now holds its port for a moment longer, and cannot be seen holding it. */
async function waitUntilFree(port: number): Promise<void> {
  const giveUpAt = Date.now() + dyingMs
  while (!(await isFree(port))) {
    if (Date.now() > giveUpAt || (await findPortHolder(port))) throw await portInUse(port)
    await delay(50)
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = createServer()
  probe.once('error', () => resolve(false))
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  return promise
}
