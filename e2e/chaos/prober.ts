import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const everyMs = 20
const answerWithinMs = 10_000

/** Asks for the live release through the ingress all the time and counts what was not answered well. */
export interface Prober {
  /** Ends it; every failure as a sentence. */
  stop(): Promise<{ requests: number; failures: string[]; slowestMs: number }>
}

/** Starts asking every 20 ms; requests do not wait for each other. */
export function startProber(options: { port: number; host: string }): Prober {
  const begun = performance.now()
  const failures: string[] = []
  const open = new Set<Promise<void>>()
  let requests = 0
  let slowestMs = 0
  let stopped = false

  async function ask(): Promise<void> {
    const at = performance.now()
    const wrong = await askOnce(options)
    slowestMs = Math.max(slowestMs, performance.now() - at)
    if (wrong) failures.push(`${((at - begun) / 1000).toFixed(2)} s: ${wrong}`)
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      requests++
      const one = ask()
      open.add(one)
      void one.finally(() => open.delete(one))
      await sleep(everyMs)
    }
  }

  const running = loop()
  return {
    async stop() {
      stopped = true
      await running
      await Promise.all(open)
      return { requests, failures, slowestMs }
    },
  }
}

/** Undefined when it was answered with 200, else what came. */
function askOnce({ port, host }: { port: number; host: string }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/', headers: { host }, agent: false },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () =>
          resolve(answer.statusCode === 200 ? undefined : `HTTP ${answer.statusCode} ${text.slice(0, 200)}`),
        )
        answer.on('error', (error) => resolve(`broke off: ${error.message}`))
      },
    )
    sent.setTimeout(answerWithinMs, () => sent.destroy(new Error(`no answer in ${answerWithinMs / 1000} s`)))
    sent.on('error', (error) => resolve(error.message))
    sent.end()
  })
}
