import { spawn } from 'node:child_process'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { getCACertificates } from 'node:tls'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { LocalForge } from './create-local-forge.ts'
import type { AtServer } from './fetch-from-server.ts'
import { gitEnvironment } from './git-environment.ts'
import { checkCommit } from './names.ts'
import { endTree } from './run-git.ts'
import { packType } from './take-turns.ts'

const idleMs = 5 * 60_000
/** A server that is started again is away for seconds; a turn that is played again costs minutes. */
const pausesMs = [1000, 2000, 4000, 8000, 15_000, 30_000]

/** The files that a turn left in the mirror of this machine, and the fence by which the worker holds its job. */
export interface SentTree extends AtServer {
  job: { id: string; fence: number }
  tree: string
  /** A commit that the server has. */
  base: string
  signal: AbortSignal
}

/**
 * Brings a tree from the mirror on this machine into the server's repository; tried again for a minute while the
 * server cannot be reached. Failures: `job-lost`, `tree-refused`, and `git-failed`, which is retryable unless the
 * server does not know the way.
 */
export async function sendTree(forge: LocalForge, sent: SentTree): Promise<void> {
  for (const pauseMs of [...pausesMs, undefined]) {
    const answer = await post(forge, sent).catch((error: unknown) => ({
      status: 0,
      words: error instanceof Error ? error.message : String(error),
    }))
    if (answer.status === 204) return
    sent.signal.throwIfAborted()
    const passes = answer.status === 0 || answer.status === 429 || answer.status >= 500
    if (!passes || pauseMs === undefined) throw refusal(answer)
    await delay(pauseMs, undefined, { signal: sent.signal })
  }
}

interface Answer {
  status: number
  words: string
}

function refusal({ status, words }: Answer): Failure {
  if (status === 409) return new Failure('job-lost', 'Another worker took this job over.')
  if (status === 422) return new Failure('tree-refused', words)
  if (status === 413) {
    return new Failure('tree-refused', 'What the agent made is larger than the server takes.', {
      hint: 'SIGNALBOX_MAX_PUSH_MB of the server says how much it is; a proxy before it may take less.',
    })
  }
  const known = status !== 404 && status !== 403
  return new Failure('git-failed', `The server did not take what the agent made: ${words || status}`, {
    retryable: known,
    hint: known
      ? 'Look whether SIGNALBOX_SERVER_URL can be reached from this machine, and whether the master keys are the same.'
      : 'Look whether server and worker are of the same version.',
  })
}

function post(forge: LocalForge, sent: SentTree): Promise<Answer> {
  const { job, tree, base, signal } = sent
  const url = new URL(`${sent.url}/turns/${encodeURIComponent(job.id)}`)
  url.searchParams.set('fence', String(job.fence))
  url.searchParams.set('tree', checkCommit(tree))
  const secure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? tlsRequest : plainRequest)(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${sent.token}`, 'content-type': packType },
      agent: false,
      signal,
      ...(secure ? { ca: authorities() } : {}),
    })
    const pack = packFor(forge, { projectId: sent.projectId, tree, base })
    outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error('the server did not answer in time')))
    outgoing.on('response', (response) => {
      text(response).then((words) => {
        resolve({ status: response.statusCode ?? 0, words: words.trim().slice(0, 500) })
        pack.end()
      }, reject)
    })
    outgoing.on('error', (error) => {
      pack.end()
      reject(error)
    })
    // Half a pack is never sent as a whole one: the request breaks off.
    pack.broke.catch((error: Error) => outgoing.destroy(error))
    pack.stdout.pipe(outgoing, { end: false })
    pack.whole.then(
      () => outgoing.end(),
      () => {},
    )
  })
}

/** What the tree has beyond the base, as a thin pack. */
function packFor(forge: LocalForge, what: { projectId: string; tree: string; base: string }) {
  const gitDir = forge.gitDir(what.projectId)
  const settings: [string, string][] = [['safe.directory', gitDir]]
  const args = ['pack-objects', '--revs', '--stdout', '--thin', '--delta-base-offset', '--quiet']
  const child = spawn('git', args, {
    cwd: gitDir,
    env: gitEnvironment(forge.emptyHome, settings, { GIT_DIR: gitDir }),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  child.stdin.on('error', () => {})
  child.stdin.end(`${checkCommit(what.tree)}\n^${checkCommit(what.base)}\n`)
  const whole = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error('git could not pack what the agent made')),
    )
  })
  return { stdout: child.stdout, whole, broke: whole, end: () => endTree(child.pid) }
}

/** As git: whom the machine trusts counts, beside whom Node knows and NODE_EXTRA_CA_CERTS. */
function authorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')]
}
