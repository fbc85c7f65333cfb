import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { openBrowser } from '@signalbox/testing/browser.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { openLive } from './live.ts'
import { addProject } from './project.ts'

const lineCount = 250
const everyMs = 20
const turns = 3
/** Lines begin this late, so that the page stands and follows. */
const headStartMs = 5_000
/** Prints when it prints: the clock is the same for everybody on this machine. */
const writer = (waitMs: number) =>
  `let n=0;setTimeout(()=>{const t=setInterval(()=>{console.log(Date.now());if(++n===${lineCount})clearInterval(t)},${everyMs})},${waitMs})`
const workflowText = `on: workflow_dispatch
jobs:
  clock:
    runs-on: linux
    steps:
      - run: node -e '${writer(headStartMs)}'
`

interface Seen {
  /** What the line says: when it was written. */
  written: number
  /** When it stood in the page. */
  there: number
  /** The frame after that. */
  drawn: number
}

/**
 * Lines that say when they were written, from the sandbox to the run's page in a browser and to a bare client
 * of the live channel; in turns with the same writer on the host, its pipe read by a bare WebSocket server, to
 * a bare page and a bare client.
 */
export async function logLatency(): Promise<BenchResult> {
  const platform = await startPlatform()
  const browser = await openBrowser()
  try {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(platform.url)
    await page.waitForFunction(() => !location.hash.includes('token'))
    await page.close()
    const project = await addProject(platform, { 'clock.yml': workflowText })
    const all = { there: [] as number[], drawn: [] as number[], live: [] as number[] }
    const bare = { there: [] as number[], drawn: [] as number[], live: [] as number[] }
    for (let turn = 0; turn < turns; turn++) {
      add(bare, await throughBareSocket(browser))
      const live = await openLive(platform)
      const run = await platform.call('createRun', { params: { project }, body: { workflow: 'clock.yml' } })
      const lines: number[] = []
      const complete = new Promise<void>((resolve) => {
        live.onLog = (added, isLast) => {
          for (const line of added) lines.push(Date.now() - Number(line.text))
          if (isLast) resolve()
        }
      })
      live.follow(run.jobs[0]?.id ?? '')
      const seen = await watchPage(context, `http://127.0.0.1:${platform.port}/runs/${run.id}`)
      await complete
      live.close()
      add(all, { seen, live: lines })
    }
    return resultOf(all, bare)
  } finally {
    await browser.close()
    await platform.destroy()
  }
}

type Latencies = { there: number[]; drawn: number[]; live: number[] }

function add(to: Latencies, found: { seen: Seen[]; live: number[] }): void {
  to.there.push(...found.seen.map((line) => line.there - line.written))
  to.drawn.push(...found.seen.map((line) => line.drawn - line.written))
  to.live.push(...found.live)
}

function resultOf(all: Latencies, bare: Latencies): BenchResult {
  const p99 = quantile(all.drawn, 0.99)
  const row = (what: string, values: number[], base: number[]) => [
    what,
    String(values.length),
    ms(quantile(values, 0.5)),
    ms(quantile(values, 0.99)),
    ms(Math.max(...values)),
    `${round(quantile(values, 0.99) / quantile(base, 0.99))} x`,
  ]
  return {
    table: [
      [`a line each ${everyMs} ms`, 'lines', 'p50', 'p99', 'most', 'ratio p99'],
      row('bare pipe and socket: client', bare.live, bare.live),
      row('bare pipe and socket: browser, drawn', bare.drawn, bare.drawn),
      row('client of the live channel', all.live, bare.live),
      row('browser, in the page', all.there, bare.there),
      row('browser, drawn', all.drawn, bare.drawn),
    ],
    figures: {
      bareLiveP99Ms: quantile(bare.live, 0.99),
      bareDrawnP50Ms: quantile(bare.drawn, 0.5),
      bareDrawnP99Ms: quantile(bare.drawn, 0.99),
      liveP50Ms: quantile(all.live, 0.5),
      liveP99Ms: quantile(all.live, 0.99),
      thereP50Ms: quantile(all.there, 0.5),
      thereP99Ms: quantile(all.there, 0.99),
      drawnP50Ms: quantile(all.drawn, 0.5),
      drawnP99Ms: p99,
      ratioP99: p99 / quantile(bare.drawn, 0.99),
    },
    targets: [{ what: `p99 to the line drawn in the browser is ${ms(p99)}, under 100 ms`, holds: p99 < 100 }],
  }
}

/** Opens a page that draws lines as elements with `data-n`, and waits for all of them. */
async function watchPage(context: BrowserContext, url: string): Promise<Seen[]> {
  const page = await context.newPage()
  try {
    await page.addInitScript(observe)
    await page.goto(url)
    return await seenOn(page)
  } finally {
    await page.close()
  }
}

async function seenOn(page: Page): Promise<Seen[]> {
  const all = (wanted: number) => {
    const seen: unknown[] = Reflect.get(window, 'seenLines') ?? []
    return seen.length >= wanted ? seen : undefined
  }
  const handle = await page.waitForFunction(all, lineCount, { timeout: 60_000, polling: 500 })
  return (await handle.jsonValue()) as Seen[]
}

/** Runs in the page: notes each line once, when it comes in and in the frame after that. */
function observe(): void {
  const seen: Seen[] = []
  const known = new Set<string>()
  Reflect.set(window, 'seenLines', seen)
  new MutationObserver((changes) => {
    const there = Date.now()
    const added: Seen[] = []
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (!(node instanceof HTMLElement)) continue
        for (const line of [node, ...node.querySelectorAll<HTMLElement>('[data-n]')]) {
          const n = line.dataset['n']
          if (n === undefined || known.has(n)) continue
          known.add(n)
          const written = Number(line.lastChild?.textContent)
          if (written > 0) added.push({ written, there, drawn: 0 })
        }
      }
    }
    if (added.length === 0) return
    requestAnimationFrame(() => {
      const drawn = Date.now()
      for (const line of added) seen.push({ ...line, drawn })
    })
  }).observe(document, { childList: true, subtree: true })
}

/** The least that a log can be: a pipe, a line, a message, an element. */
async function throughBareSocket(browser: Browser): Promise<{ seen: Seen[]; live: number[] }> {
  // The page comes from the same server: a browser lets a page of nowhere reach no loopback address.
  const http = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>bare</title>')
  })
  const server = new WebSocketServer({ server: http })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the bare server has no port')
  const url = `ws://127.0.0.1:${address.port}`
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.addInitScript(observe)
    await page.goto(url.replace('ws', 'http'))
    await page.evaluate(
      (to) =>
        new Promise<void>((resolve) => {
          let n = 0
          const socket = new WebSocket(to)
          socket.onopen = () => resolve()
          socket.onmessage = (message) => {
            const line = document.createElement('div')
            line.dataset['n'] = String(++n)
            line.append(String(message.data))
            document.body.append(line)
          }
        }),
      url,
    )
    const live: number[] = []
    const client = new WebSocket(url)
    client.onmessage = (message) => live.push(Date.now() - Number(message.data))
    await new Promise((resolve) => {
      client.onopen = resolve
    })
    const child = spawn(process.execPath, ['-e', writer(200)], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface(child.stdout)) {
      for (const socket of server.clients) socket.send(line)
    }
    const seen = await seenOn(page)
    client.close()
    return { seen, live }
  } finally {
    await context.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
    http.close()
  }
}
