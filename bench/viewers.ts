import { createServer } from 'node:http'
import { LiveMessage } from '@signalbox/core/contract/live.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import { WebSocket, WebSocketServer } from 'ws'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { tokenOf } from './live.ts'
import { addProject } from './project.ts'

const viewers = 200
const lineCount = 150
const everyMs = 50
/** Lines begin this late, so that every viewer follows. */
const headStartMs = 5000
const workflowText = `on: workflow_dispatch
jobs:
  clock:
    runs-on: linux
    steps:
      - run: node -e 'let n=0;setTimeout(()=>{const t=setInterval(()=>{console.log(n++);if(n===${lineCount})clearInterval(t)},${everyMs})},${headStartMs})'
`

/** When the first and the last viewer saw each line. */
type Seen = Map<number, { first: number; last: number; count: number }>

function note(seen: Seen, n: number): void {
  const now = performance.now()
  const line = seen.get(n)
  if (line) seen.set(n, { first: line.first, last: now, count: line.count + 1 })
  else seen.set(n, { first: now, last: now, count: 1 })
}

function spreads(seen: Seen): number[] {
  return [...seen.values()].filter((line) => line.count === viewers).map((line) => line.last - line.first)
}

/**
 * 200 viewers of one log by the live channel, all in this process: how long after the first the last one sees
 * each line. The baseline is a bare server that sends the same messages to 200 bare sockets.
 */
export async function viewersBench(): Promise<BenchResult> {
  const bare = spreads(await throughBareServer())
  // All of them are one person here.
  const platform = await startPlatform({ SIGNALBOX_MAX_LIVE_CONNECTIONS: String(viewers + 1) })
  try {
    const project = await addProject(platform, { 'clock.yml': workflowText })
    const run = await platform.call('createRun', { params: { project }, body: { workflow: 'clock.yml' } })
    const job = run.jobs[0]?.id ?? ''
    const authorization = `Bearer ${await tokenOf(platform)}`
    const seen: Seen = new Map()
    let ended = 0
    let allEnded: () => void = () => {}
    const end = new Promise<void>((resolve) => {
      allEnded = resolve
    })
    const sockets = Array.from({ length: viewers }, () => {
      const socket = new WebSocket(`ws://127.0.0.1:${platform.port}/api/live`, { headers: { authorization } })
      socket.on('open', () => socket.send(JSON.stringify({ type: 'log', job, after: 0 })))
      socket.on('message', (data) => {
        const message = LiveMessage.parse(JSON.parse(String(data)))
        if (message.type !== 'log') return
        for (const line of message.lines) if (/^\d+$/.test(line.text)) note(seen, Number(line.text))
        if (message.complete && ++ended === viewers) allEnded()
      })
      return socket
    })
    await end
    for (const socket of sockets) socket.terminate()
    return resultOf(spreads(seen), bare)
  } finally {
    await platform.destroy()
  }
}

function resultOf(ours: number[], bare: number[]): BenchResult {
  const p99 = quantile(ours, 0.99)
  const most = Math.max(...ours)
  const row = (what: string, values: number[]) => [
    what,
    String(values.length),
    ms(quantile(values, 0.5)),
    ms(quantile(values, 0.99)),
    ms(Math.max(...values)),
    `${round(quantile(values, 0.5) / quantile(bare, 0.5))} x`,
  ]
  return {
    table: [
      [`last of ${viewers} viewers after the first`, 'lines', 'p50', 'p99', 'most', 'ratio p50'],
      row('bare server and sockets', bare),
      row('live channel', ours),
    ],
    figures: {
      bareP50Ms: quantile(bare, 0.5),
      bareP99Ms: quantile(bare, 0.99),
      p50Ms: quantile(ours, 0.5),
      p99Ms: p99,
      mostMs: most,
      ratioP50: quantile(ours, 0.5) / quantile(bare, 0.5),
    },
    targets: [
      { what: `every viewer saw all ${lineCount} lines (${ours.length})`, holds: ours.length === lineCount },
      { what: `p99 from the first viewer to the last is ${ms(p99)}, at most 100 ms`, holds: p99 <= 100 },
    ],
  }
}

async function throughBareServer(): Promise<Seen> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the bare server has no port')
  const seen: Seen = new Map()
  const clients = Array.from({ length: viewers }, () => new WebSocket(`ws://127.0.0.1:${address.port}`))
  try {
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('open', resolve))))
    for (const client of clients) {
      client.on('message', (data) => {
        const message = LiveMessage.parse(JSON.parse(String(data)))
        if (message.type === 'log') for (const line of message.lines) note(seen, line.n)
      })
    }
    for (let n = 1; n <= lineCount; n += 1) {
      const line = { n, step: 1, at: Date.now(), stream: 'stdout', text: String(n) }
      const job = '00000000-0000-7000-8000-000000000000'
      const message = JSON.stringify({ type: 'log', job, attempt: 1, lines: [line], complete: false })
      for (const socket of server.clients) socket.send(message)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return seen
  } finally {
    for (const client of clients) client.terminate()
    server.close()
    http.close()
  }
}
