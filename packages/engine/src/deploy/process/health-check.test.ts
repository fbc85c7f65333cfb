import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestRelease } from '../ingress/test-release.ts'
import { checkSocket } from './health-check.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'health-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

test.each([
  [200, true],
  [302, true],
  [404, false],
  [500, false],
])('HTTP %i is healthy: %s', async (status, healthy) => {
  const path = join(folder, 's')
  const release = await startTestRelease(path, (req, res) =>
    res.writeHead(req.url === '/health?a=1' ? status : 418).end(),
  )
  const result = await checkSocket(path, '/health?a=1', 2_000)
  expect(result).toMatchObject({
    healthy,
    answered: true,
    detail: expect.stringMatching(`^HTTP ${status} in \\d+ ms$`),
  })
  await release.kill()
})

test('says what is wrong when nothing is there, nothing listens or nothing comes', async () => {
  const path = join(folder, 's')
  expect(await checkSocket(path, '/', 500)).toMatchObject({
    healthy: false,
    answered: false,
    detail: 'not started',
  })
  const rude = await startTestRelease(path, (req) => req.socket.destroy())
  expect(await checkSocket(path, '/', 500)).toMatchObject({
    answered: false,
    detail: 'nothing listens on its port',
  })
  await rude.kill()
  const silent = await startTestRelease(path, () => undefined)
  expect(await checkSocket(path, '/', 50)).toMatchObject({
    answered: false,
    detail: 'no answer within 50 ms',
  })
  await silent.kill()
})
