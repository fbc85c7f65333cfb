import { type IncomingMessage, request } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'

const MAX_ANSWER_BYTES = 16 << 20
const ANSWER_MS = 120_000

/** One question to the engine. */
export interface EngineCall {
  method?: 'GET' | 'POST' | 'DELETE'
  /** Without the version: `/containers/json`. Names in it are encoded by the caller. */
  path: string
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
  /** How long its answer may take to begin; 2 minutes by default. */
  timeoutMs?: number
}

/** An engine that speaks Docker's HTTP API on a unix socket: Docker or Podman. */
export interface EngineClient {
  socketPath: string
  /** The answer as JSON; undefined when there is none. Throws `container-engine`, and `container-absent` for a 404. */
  ask(call: EngineCall): Promise<unknown>
  /** The answer's bytes as they come. */
  stream(call: EngineCall): Promise<AsyncIterable<Buffer>>
}

const Said = z.object({ message: z.string() })

/** A client of the engine behind a socket; see docs.docker.com/reference/api/engine. The version is the engine's own. */
export function createEngineClient(socketPath: string): EngineClient {
  let version: Promise<string> | undefined

  function send({ method = 'GET', path, query, body, headers, signal, timeoutMs }: EngineCall) {
    const search = query ? `?${new URLSearchParams(query)}` : ''
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({
        socketPath,
        method,
        path: `${path}${search}`,
        headers: {
          host: 'engine',
          ...(text !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          ...headers,
        },
        signal,
      })
      const late = new Failure('container-engine', 'The container engine did not answer in time.')
      sent.setTimeout(timeoutMs ?? ANSWER_MS, () => sent.destroy(late))
      sent.once('error', (cause) => reject(signal?.aborted ? signal.reason : unreachable(socketPath, cause)))
      sent.once('response', resolve)
      sent.end(text)
    })
  }

  async function answered(call: EngineCall): Promise<IncomingMessage> {
    version ??= ownVersion().catch((error) => {
      version = undefined
      throw error
    })
    const response = await send({ ...call, path: `/v${await version}${call.path}` })
    const status = response.statusCode ?? 500
    if (status < 400) return response
    const said = Said.safeParse(parsed(await whole(response))).data?.message ?? `it answered ${status}`
    throw new Failure(
      status === 404 ? 'container-absent' : 'container-engine',
      `The container engine refused: ${said.slice(0, 1000)}`,
      { retryable: status >= 500 },
    )
  }

  async function ownVersion(): Promise<string> {
    const text = await whole(await send({ path: '/version', timeoutMs: 10_000 }))
    const told = z.object({ ApiVersion: z.string().regex(/^\d+\.\d+$/) }).safeParse(parsed(text))
    if (told.success) return told.data.ApiVersion
    throw new Failure('container-engine', `What listens at ${socketPath} is no container engine.`)
  }

  return {
    socketPath,
    ask: async (call) => parsed(await whole(await answered(call))),
    stream: answered,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function whole(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_ANSWER_BYTES) {
      response.destroy()
      throw new Failure('container-engine', 'The container engine answered more than anybody asked for.')
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function unreachable(socketPath: string, cause: Error): Failure {
  if (cause instanceof Failure) return cause
  const code = Reflect.get(cause, 'code')
  const why =
    code === 'EACCES'
      ? `This user may not use the container engine at ${socketPath}.`
      : code === 'ENOENT' || code === 'ECONNREFUSED'
        ? `No container engine listens at ${socketPath}.`
        : `The container engine at ${socketPath} cannot be asked: ${cause.message}.`
  const hint =
    code === 'EACCES'
      ? 'Add the user to the group of the socket (usermod -aG docker USER), or run a rootless engine.'
      : 'Install Docker (apt-get install docker.io) or Podman and start it, or name its socket by DOCKER_HOST=unix:///path.'
  return new Failure('container-engine-missing', why, { hint, cause })
}
