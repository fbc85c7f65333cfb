import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { gitEnvironment } from './git-environment.ts'
import { endTree } from './run-git.ts'

export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** One request of git's smart HTTP, already authorised; nothing in it is taken from the client unchecked. */
export interface BackendRequest {
  gitDir: string
  emptyHome: string
  /** Whoever is signed in, for the ref log. */
  user: string
  service: GitService
  /** `advertise`: GET info/refs. `exchange`: POST of the service itself. */
  step: 'advertise' | 'exchange'
  /** One of the branches that are pushed to may not be rewritten. */
  noForcePush: boolean
  /** Every commit that is there may be asked for, also one that no branch leads to: for workers. */
  anyCommit?: boolean
  body: Readable | undefined
  contentEncoding: string | undefined
  protocolVersion: string | undefined
  maxPushBytes: number
  timeoutMs: number
}

export interface BackendResponse {
  status: number
  headers: Record<string, string>
  /** Ends when git has ended; destroying it ends git. */
  body: Readable
}

/**
 * Streams a request through `git http-backend` (a CGI program, RFC 3875). Pushes reach branches only: every
 * other ref is hidden from receive-pack, which then refuses to update or delete it. Whether this branch may be
 * pushed to was asked before.
 */
export function runHttpBackend(request: BackendRequest): Promise<BackendResponse> {
  const child = spawn('git', ['http-backend'], {
    cwd: request.gitDir,
    env: gitEnvironment(request.emptyHome, settingsFor(request), cgiVariables(request)),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const timer = setTimeout(() => endTree(child.pid), request.timeoutMs)
  child.stderr.resume()
  // git stops reading when it has seen enough, or refuses; what it answers says why.
  child.stdin.on('error', () => {})
  if (request.body) {
    request.body.on('error', () => endTree(child.pid))
    request.body.on('close', () => child.stdin.end())
    request.body.pipe(child.stdin)
  } else {
    child.stdin.end()
  }
  const end = () => {
    clearTimeout(timer)
    endTree(child.pid)
  }
  child.stdout.on('close', end)
  return readHeaders(child.stdout, child)
}

function readHeaders(
  stdout: Readable,
  child: { on(event: 'error' | 'close', listener: () => void): unknown },
): Promise<BackendResponse> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const fail = () => reject(new Failure('git-failed', 'git http-backend ended without an answer.'))
    child.on('error', fail)
    child.on('close', fail)
    function onReadable() {
      for (let chunk = stdout.read(); chunk !== null; chunk = stdout.read()) {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) {
          if (head.length > 16_384) fail()
          continue
        }
        stdout.off('readable', onReadable)
        const rest = head.subarray(end + 4)
        if (rest.length > 0) stdout.unshift(rest)
        resolve({ ...parseHeaders(head.subarray(0, end).toString('latin1')), body: stdout })
        return
      }
    }
    stdout.on('readable', onReadable)
  })
}

function parseHeaders(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else if (colon > 0) headers[name] = value
  }
  return { status, headers }
}

function settingsFor(request: BackendRequest): [string, string][] {
  return [
    ['safe.directory', request.gitDir],
    ['http.getanyfile', 'false'],
    ['http.uploadpack', 'true'],
    ['http.receivepack', String(request.service === 'git-receive-pack')],
    ['receive.fsckObjects', 'true'],
    ['receive.denyNonFastForwards', String(request.noForcePush)],
    // A deletion was judged by its command; this is about the branch that HEAD names, which is never pushed to.
    ['receive.denyDeleteCurrent', 'refuse'],
    ['receive.denyCurrentBranch', 'refuse'],
    ['receive.autogc', 'false'],
    ['receive.maxInputSize', String(request.maxPushBytes)],
    ['receive.advertisePushOptions', 'false'],
    ['uploadpack.allowAnySHA1InWant', String(request.anyCommit === true)],
    // No deltas are looked for between large files: they cost a clone minutes and save next to nothing.
    ['core.bigFileThreshold', '2m'],
    ['transfer.hideRefs', 'refs/signalbox'],
    // The last match decides: nothing but branches.
    ['receive.hideRefs', 'refs'],
    ['receive.hideRefs', '!refs/heads'],
    ['receive.hideRefs', 'refs/heads/HEAD'],
  ]
}

function cgiVariables(request: BackendRequest): Record<string, string> {
  const { step, service } = request
  const env: Record<string, string> = {
    GIT_PROJECT_ROOT: request.gitDir,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: step === 'advertise' ? '/info/refs' : `/${service}`,
    REQUEST_METHOD: step === 'advertise' ? 'GET' : 'POST',
    QUERY_STRING: step === 'advertise' ? `service=${service}` : '',
    REMOTE_USER: request.user,
    REMOTE_ADDR: '127.0.0.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    GIT_HTTP_MAX_REQUEST_BUFFER: '10M',
  }
  if (step === 'exchange') env['CONTENT_TYPE'] = `application/x-${service}-request`
  if (request.contentEncoding === 'gzip') env['HTTP_CONTENT_ENCODING'] = 'gzip'
  if (request.protocolVersion === 'version=2') env['GIT_PROTOCOL'] = 'version=2'
  return env
}
