import { type AnyMessage, type ClientConnection, type ClientContext, client } from '@agentclientprotocol/sdk'
import type { ExecResult, Sandbox } from '../../sandbox/port.ts'
import type { OutputCollector } from '../output.ts'
import { createLines } from './lines.ts'
import { UpdateParams } from './schema.ts'

/** An agent's process and the protocol over its stdin and stdout. */
export interface AcpProcess {
  agent: ClientContext
  /** How the process ended; every request that is open then is rejected. */
  exited: Promise<ExecResult>
  /** Its last words on stderr, for a reason. */
  complaint(): string
  /** Says that nothing more will be asked: a well-made agent ends. */
  closeInput(): void
}

export interface AcpProcessOptions {
  sandbox: Sandbox
  command: string
  env: Record<string, string>
  /** Ends the process with all that it started. */
  signal: AbortSignal
  /** What is no message of the protocol, and stderr. */
  output: OutputCollector
  /** Updates one after the other; the agent is read on when the promise resolves. */
  onUpdate(sessionId: string, update: unknown): Promise<void>
  /** Answers `session/request_permission`. */
  onPermission(params: unknown): Promise<unknown>
}

const maxComplaint = 2_000

/**
 * Starts the agent's command with bash in /workspace and speaks ACP v1 with it. Updates do not go by way of the
 * SDK: it would take any number of them at once, and here each is stored before the next is read.
 */
export function startAcpProcess(options: AcpProcessOptions): AcpProcess {
  const input = createInput()
  let complaint = ''
  let feed: ReadableStreamDefaultController<AnyMessage> | undefined
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      feed = controller
    },
  })
  /** Requests of ours without an answer: what answers anything else is dropped before it can fill our log. */
  const asked = new Set<unknown>()
  const writable = new WritableStream<AnyMessage>({
    write(message) {
      if ('method' in message && 'id' in message) asked.add(message.id)
      input.push(`${JSON.stringify(message)}\n`)
    },
  })
  const lines = createLines({
    async onMessage(message) {
      if (message['method'] === undefined && !asked.delete(message['id'])) return
      if (message['method'] !== 'session/update') return feed?.enqueue(message as AnyMessage)
      const params = UpdateParams.safeParse(message['params'])
      if (params.success) await options.onUpdate(params.data.sessionId, params.data.update)
    },
    onOther: (text) => options.output.take('stdout', Buffer.from(`${text}\n`)),
  })
  const connection = connect(options, { readable, writable })
  const exited = options.sandbox
    .exec(['bash', '-c', options.command], {
      cwd: '/workspace',
      env: options.env,
      signal: options.signal,
      stdin: input.stream,
      async onOutput(stream, chunk) {
        if (stream === 'stdout') return await lines.take(chunk)
        complaint = (complaint + Buffer.from(chunk).toString('utf8')).slice(-maxComplaint)
        await options.output.take('stderr', chunk)
      },
    })
    .finally(() => {
      input.end()
      connection.close(new Error('The agent has ended.'))
    })
  // Whoever waits for it hears of a failure; a turn that was broken off before does not wait.
  exited.catch(() => {})
  return {
    agent: connection.agent,
    exited,
    complaint: () => complaint.trim(),
    closeInput: input.end,
  }
}

function connect(
  options: AcpProcessOptions,
  stream: { readable: ReadableStream<AnyMessage>; writable: WritableStream<AnyMessage> },
): ClientConnection {
  const raw = (params: unknown) => params
  return client({ name: 'signalbox' })
    .onRequest('session/request_permission', raw, ({ params }) => options.onPermission(params))
    .connect(stream)
}

/** What is written to the agent: an endless input that can be ended. */
function createInput() {
  const waiting: Uint8Array[] = []
  let wake: () => void = () => {}
  let ended = false
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = waiting.shift()
      if (next) yield next
      else if (ended) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  return {
    stream: stream(),
    push(text: string) {
      if (ended) return
      waiting.push(Buffer.from(text))
      wake()
    },
    end() {
      ended = true
      wake()
    },
  }
}
