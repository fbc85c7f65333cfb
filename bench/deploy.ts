import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRelease } from '@signalbox/engine/deploy/process/release-file.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { pace } from './pace.ts'

const perSecond = 200
const stretchMs = 4_000
const stretches = 3
const timeoutMs = 10_000
const host = 'sample.localhost'

type Answer = { status: number; by: string | undefined } | { error: string }

/**
 * Asks the sample's page evenly while a good deployment, one that turns unhealthy and is rolled back, and a
 * manual rollback happen. Lost is every request that the page itself did not answer with 200: it has no other
 * answer, so any 5xx would be the platform's.
 */
export async function deploy(): Promise<BenchResult> {
  const platform = await startPlatform()
  const agent = new Agent({ keepAlive: true })
  const throughIngress = () => ask({ host: '127.0.0.1', port: platform.ingressPort, agent })
  try {
    await goal(platform, 'Show long waits in days', 'deployed')
    const first = await liveDeployment(platform)
    const release = await readRelease(platform.dataDir, `release-${first}`)
    if (!release) throw new Error('the live release has no file')
    const straight = { socketPath: release.socketPath, agent: new Agent({ keepAlive: true }) }
    const direct: number[] = []
    const quiet: number[] = []
    for (let stretch = 0; stretch <= stretches; stretch++) {
      const one = await pace(perSecond, sleep(stretchMs), () => ask(straight))
      const two = await pace(perSecond, sleep(stretchMs), throughIngress)
      if (stretch === 0) continue
      direct.push(...one.map((answer) => answer.ms))
      quiet.push(...two.map((answer) => answer.ms))
    }
    straight.agent.destroy()
    const marks: { what: string; at: number }[] = []
    const moves = deployAndRollBack(platform, first, (what) => marks.push({ what, at: Date.now() }))
    const answers = await pace(perSecond, moves, throughIngress)
    await moves
    const lost = answers.filter(({ result }) => !('status' in result) || result.status !== 200)
    for (const { at, result } of lost.slice(0, 10)) {
      const during = marks.findLast((mark) => mark.at <= at)?.what
      process.stderr.write(`lost during ${during}: ${JSON.stringify(result)}\n`)
    }
    const busy = answers.map((answer) => answer.ms)
    const row = (what: string, values: number[]) => [
      what,
      String(values.length),
      ms(quantile(values, 0.5)),
      ms(quantile(values, 0.99)),
      `${round(quantile(values, 0.5) / quantile(direct, 0.5))} x`,
    ]
    return {
      table: [
        [`${perSecond}/s to the sample`, 'requests', 'p50', 'p99', 'ratio p50'],
        row('straight to the release', direct),
        row('by the ingress', quiet),
        row('by the ingress during all three', busy),
        ['lost during all three', String(lost.length), '', '', ''],
      ],
      figures: {
        requests: busy.length,
        lost: lost.length,
        directP50Ms: quantile(direct, 0.5),
        directP99Ms: quantile(direct, 0.99),
        ingressP50Ms: quantile(quiet, 0.5),
        ingressP99Ms: quantile(quiet, 0.99),
        deployingP50Ms: quantile(busy, 0.5),
        deployingP99Ms: quantile(busy, 0.99),
        ratioP50: quantile(quiet, 0.5) / quantile(direct, 0.5),
        ratioP99: quantile(quiet, 0.99) / quantile(direct, 0.99),
      },
      targets: [
        { what: `${lost.length} of ${busy.length} requests were lost, at most 0`, holds: lost.length === 0 },
      ],
    }
  } finally {
    agent.destroy()
    await platform.destroy()
  }
}

async function deployAndRollBack(
  platform: Platform,
  first: string,
  mark: (what: string) => void,
): Promise<void> {
  mark('the good deployment')
  const good = await platform.call('createDeployment', { params: { project: 'sample' } })
  await deploymentEnds(platform, good.id, 'live')
  mark('the broken deployment')
  await goal(platform, 'Report the tide with the health check', 'rolled_back')
  mark('the manual rollback')
  const back = await platform.call('rollbackTo', { params: { deployment: first } })
  await deploymentEnds(platform, back.id, 'live')
}

async function goal(platform: Platform, text: string, conclusion: string): Promise<void> {
  const begun = await platform.call('createChange', { params: { project: 'sample' }, body: { goal: text } })
  const change = await platform.waitForChange(begun.id, (now) => now.status === 'completed')
  if (change.conclusion !== conclusion)
    throw new Error(`"${text}" ended as ${change.conclusion}: ${change.reason ?? ''}`)
}

async function liveDeployment(platform: Platform): Promise<string> {
  const { items } = await platform.call('listDeployments', { params: { project: 'sample' } })
  const live = items.find((deployment) => deployment.live)
  if (!live) throw new Error('nothing is live')
  return live.id
}

async function deploymentEnds(platform: Platform, id: string, conclusion: string): Promise<void> {
  let last = ''
  await until(
    async () => {
      const now = await platform.call('getDeployment', { params: { deployment: id } })
      last = `${now.status} ${now.conclusion}: ${now.reason}`
      return now.status === 'completed'
    },
    60_000,
    () => last,
  )
  if (!last.includes(conclusion)) throw new Error(`the deployment ended as ${last}`)
}

function ask(where: { host?: string; port?: number; socketPath?: string; agent: Agent }): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(
      { ...where, path: '/', headers: { host }, timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        response.resume()
        response.on('error', (error) => resolve({ error: error.message }))
        response.on('end', () => {
          const by = response.headers['x-signalbox-ingress']
          resolve({ status: response.statusCode ?? 0, by: typeof by === 'string' ? by : undefined })
        })
      },
    )
    sent.on('error', (error) => resolve({ error: error.message }))
    sent.end()
  })
}
