import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBoundedList } from '@signalbox/core/base/bounded-list.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type ShellMessage, ShellRequest } from '@signalbox/core/contract/shell.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import { endShell, type ShellRow, takeTicket } from '../../db/shells.ts'
import { releaseLeases } from '../../db/snapshots.ts'
import type { WorkerDeps } from '../deps.ts'
import { openState } from './open-state.ts'
import { runShell, type Size } from './run-shell.ts'

const ticketMs = 30_000
const maxShells = 8
/** sun_path holds 108 bytes with its closing zero. */
const maxSocketPath = 107
const maxUnsentBytes = 1 << 20
/** What is typed before the shell runs: who types more loses the rest of it. */
const maxHeld = { maxItems: 1000, maxBytes: 1 << 20 }

/** How long nobody may type, and how long a shell may last at most. */
export interface ShellLimits {
  idleMs: number
  longestMs: number
}

const usualLimits: ShellLimits = { idleMs: 15 * 60_000, longestMs: 4 * 3_600_000 }

/** The worker's door for shells: a unix socket that only the account of Signalbox can reach. */
export interface ShellDoor {
  socketPath: string
  close(): Promise<void>
}

/**
 * Listens for the server. Each connection is a WebSocket with a ticket that the server stored; the ticket says
 * which state, so that being able to connect is not enough. A shell ends with its connection.
 */
export async function serveShells(deps: WorkerDeps, limits: ShellLimits = usualLimits): Promise<ShellDoor> {
  const { folder, socketPath } = await placeFor(deps)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 256 * 1024 })
  const open = new Set<Promise<void>>()
  const stopping = new AbortController()
  const server = createServer((_request, response) => response.writeHead(426).end())
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const work = serve(deps, connection, {
        request,
        limits,
        full: open.size >= maxShells,
        stopping: stopping.signal,
      })
        .catch((error: unknown) => deps.log.error({ err: error }, 'a shell broke'))
        .finally(() => open.delete(work))
      open.add(work)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  await chmod(socketPath, 0o600)
  return {
    socketPath,
    async close() {
      stopping.abort(new Failure('worker-stopping', 'The worker stops.'))
      await Promise.allSettled(open)
      for (const connection of sockets.clients) connection.terminate()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function placeFor(deps: WorkerDeps): Promise<{ folder: string; socketPath: string }> {
  const near = join(deps.config.dataDir, 'shells', deps.workerId)
  const folder =
    join(near, 'door.sock').length <= maxSocketPath
      ? near
      : await mkdtemp(join(tmpdir(), 'signalbox-shells-'))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  return { folder, socketPath: join(folder, 'door.sock') }
}

/** One message of a terminal: keys, or a wish as JSON. */
interface Typed {
  data: Uint8Array
  isBinary: boolean
}

interface Serving {
  request: IncomingMessage
  limits: ShellLimits
  full: boolean
  stopping: AbortSignal
}

async function serve(deps: WorkerDeps, connection: WebSocket, serving: Serving): Promise<void> {
  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, serving.stopping])
  connection.on('close', () => abort.abort(new Failure('shell-closed', 'The terminal was closed.')))
  connection.on('error', () => {})
  const held = createBoundedList<Typed>(maxHeld)
  let take = (message: Typed): void => void held.add(message, message.data.byteLength)
  connection.on('message', (data, isBinary) => take({ data: bytesOf(data), isBinary }))
  let shell: ShellRow | undefined
  let exitCode: number | null = null
  let reason: string | undefined
  try {
    shell = await admit(deps, serving)
    const { sandbox, env } = await openState(deps, shell, signal)
    try {
      const clock = watch(serving.limits, (why) => abort.abort(why))
      try {
        const size = sizeIn(serving.request)
        const running = await runShell(sandbox, {
          size,
          env,
          signal,
          onOutput: (chunk) => send(connection, chunk),
        })
        say(connection, { type: 'ready' })
        take = ({ data, isBinary }) => {
          clock.typed()
          if (isBinary) return running.write(data)
          const asked = ShellRequest.safeParse(parseJson(data))
          if (asked.success) running.resize(asked.data)
        }
        for (const message of held.takeAll()) take(message)
        const result = await running.ended
        exitCode = result.code
        reason = result.killedBy === undefined ? undefined : whyEnded(signal, result.killedBy)
      } finally {
        clock.stop()
      }
    } finally {
      await sandbox.destroy()
    }
    say(connection, { type: 'exit', code: exitCode, ...(reason ? { reason } : {}) })
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
    if (!(error instanceof Failure)) deps.log.error({ err: error }, 'a shell could not be opened')
    say(connection, errorMessage(error))
  } finally {
    connection.close()
    setTimeout(() => connection.terminate(), 1000).unref()
    if (shell) {
      await releaseLeases(deps.db, `shell:${shell.id}`)
      await endShell(deps.db, { id: shell.id, exitCode, reason, now: deps.clock.now() })
    }
  }
}

async function admit(deps: WorkerDeps, { request, full }: Serving): Promise<ShellRow> {
  const ticket = request.headers['x-signalbox-ticket']
  const hash = createHash('sha256')
    .update(typeof ticket === 'string' ? ticket : '')
    .digest()
  const now = deps.clock.now()
  const shell = await takeTicket(deps.db, { hash, since: new Date(now.getTime() - ticketMs), now })
  if (!shell) throw new Failure('shell-ticket', 'This shell was not asked for, or too long ago.')
  if (!full) return shell
  throw new Failure('too-many-shells', `The worker has ${maxShells} shells open already.`, {
    hint: 'Close one of them.',
  })
}

/** Ends what nobody types into, and what lasts too long. */
function watch(limits: ShellLimits, end: (why: Failure) => void) {
  const idle = () =>
    setTimeout(() => {
      end(new Failure('shell-idle', `Nobody typed for ${limits.idleMs / 60_000} minutes.`))
    }, limits.idleMs)
  let timer = idle()
  const longest = setTimeout(() => {
    end(new Failure('shell-over', `A shell lasts ${limits.longestMs / 3_600_000} hours at most.`))
  }, limits.longestMs)
  return {
    typed() {
      clearTimeout(timer)
      timer = idle()
    },
    stop() {
      clearTimeout(timer)
      clearTimeout(longest)
    },
  }
}

function whyEnded(signal: AbortSignal, killedBy: string): string {
  if (signal.reason instanceof Failure) return signal.reason.message
  return killedBy === 'oom' ? 'It ran out of memory.' : 'Its sandbox ended.'
}

function errorMessage(error: unknown): ShellMessage {
  if (!(error instanceof Failure)) {
    return { type: 'error', code: 'internal', message: 'The worker met an error; its log has the details.' }
  }
  const { code, message, hint } = error
  return { type: 'error', code, message, ...(hint === undefined ? {} : { hint }) }
}

function sizeIn(request: IncomingMessage): Size {
  const query = new URL(request.url ?? '/', 'http://worker').searchParams
  const asked = { type: 'resize', columns: Number(query.get('columns')), rows: Number(query.get('rows')) }
  const parsed = ShellRequest.safeParse(asked)
  return parsed.success ? parsed.data : { columns: 80, rows: 24 }
}

function say(connection: WebSocket, message: ShellMessage): void {
  if (connection.readyState === connection.OPEN) connection.send(JSON.stringify(message))
}

/** Resolves when little enough is on its way: a terminal that does not read stops its shell. */
async function send(connection: WebSocket, chunk: Uint8Array): Promise<void> {
  if (connection.readyState !== connection.OPEN) return
  const sent = new Promise<void>((resolve) => connection.send(chunk, () => resolve()))
  if (connection.bufferedAmount > maxUnsentBytes) await sent
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'))
  } catch {
    return undefined
  }
}
