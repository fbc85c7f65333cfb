import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the model says next: words, or a call of one of the agent's tools. */
export type ModelTurn =
  | { text: string }
  | { call: string; args: Record<string, unknown> }
  /** An answer of this status in place of one. */
  | { status: number }
  /** Answers only when the client has gone. */
  | { hang: true }

/** One request as the server saw it. */
export interface ModelCall {
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** A stand-in for a provider of models, on loopback: plays turns in order, keeps what it was asked. */
export interface ModelServer {
  url: string
  calls: ModelCall[]
  /** Waits until somebody asks for the turn number `count`. */
  asked(count: number): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a fake model server that speaks Gemini's `streamGenerateContent`. Requests that are none of the agent's
 * conversation (those without tools: titles, checks of what comes next) get a short answer and take no turn.
 */
export async function startModelServer(turns: ModelTurn[]): Promise<ModelServer> {
  const calls: ModelCall[] = []
  const queue = [...turns]
  const waiting: { count: number; resolve: () => void }[] = []
  const server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()))

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const path = req.url ?? ''
    const isTurn = body.includes('functionDeclarations')
    if (!isTurn) return send(res, path, { text: '{"reasoning":"done","next_speaker":"user"}' })
    calls.push({ path, headers: req.headers, body })
    for (const { count, resolve } of waiting) if (calls.length >= count) resolve()
    const turn = queue.shift() ?? { text: 'There is nothing more in the script of this model.' }
    if ('hang' in turn) return
    if ('status' in turn) {
      const error = {
        code: turn.status,
        message: `the fake model says ${turn.status}`,
        status: 'UNAVAILABLE',
      }
      res.writeHead(turn.status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
      return
    }
    send(res, path, turn)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    asked: (count) =>
      new Promise((resolve) => {
        if (calls.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function send(
  res: ServerResponse,
  path: string,
  turn: { text: string } | { call: string; args: Record<string, unknown> },
): void {
  const part = 'text' in turn ? { text: turn.text } : { functionCall: { name: turn.call, args: turn.args } }
  const chunk = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
    modelVersion: 'fake',
  }
  if (path.includes('countTokens')) {
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"totalTokens":100}')
  } else if (path.includes('alt=sse')) {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${JSON.stringify(chunk)}\n\n`)
  } else {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chunk))
  }
}
