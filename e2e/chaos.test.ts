import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@signalbox/testing/platform.ts'
import { describe, expect, test } from 'vitest'
import { planKills } from './chaos/plan.ts'
import { startProber } from './chaos/prober.ts'
import { runScenario } from './chaos/scenario.ts'

describe('the flow under kill -9', () => {
  test('the same seed gives the same plan, another one another', () => {
    expect(planKills(7, 20)).toEqual(planKills(7, 20))
    expect(planKills(7, 20)).not.toEqual(planKills(8, 20))
  })

  test('a release that is not there, or answers with an error, is counted', async () => {
    let requested = false
    const server = createServer((_request, response) => {
      requested = true
      response.writeHead(502).end('no release')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const bad = startProber({ port, host: 'sample.localhost' })
    await until(async () => requested, 10_000)
    const { requests, failures } = await bad.stop()
    server.close()
    server.closeAllConnections()
    expect(failures).toHaveLength(requests)
    expect(failures[0]).toContain('HTTP 502 no release')
    const gone = startProber({ port, host: 'sample.localhost' })
    expect((await gone.stop()).failures[0]).toContain('ECONNREFUSED')
  })

  // `npm run chaos` goes on for as long as one likes; a seed that found a fault is worth a line here.
  test.each([3, 11, 26])(
    'seed %i: one pull request, one merge, one live release, no line lost, no request unanswered',
    async (seed) => {
      const result = await runScenario({ seed, kills: 6, say: (text) => process.stdout.write(`${text}\n`) })
      expect(result.faults, `data kept in ${result.dataDir}`).toEqual([])
      expect(result.kills).toBeGreaterThan(0)
      expect(result.requests).toBeGreaterThan(100)
    },
  )
})
