import { containersOrNotRun, testImage } from '@signalbox/testing/container-images.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

let shop: CliCheckout
beforeAll(() => {
  shop = cliCheckout({
    '.github/workflows/w.yml': `on: push
jobs:
  plain: { runs-on: linux, steps: [{ run: echo ran }] }
  boxed:
    runs-on: linux
    container: node:24
    services:
      db: { image: redis }
    steps: [{ run: echo never }]
`,
  })
})
afterAll(() => shop.remove())

const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }

test('without an engine nothing runs: each place that needs one is named, with what to install', async () => {
  const ended = await shop.run(['run'], { env })
  expect(ended.code).toBe(3)
  expect(ended.out).not.toContain('ran')
  expect(ended.err).toContain('.github/workflows/w.yml:6:16: the job boxed has container')
  expect(ended.err).toContain('.github/workflows/w.yml:8:20: the job boxed has services')
  expect(ended.err).toMatch(/No container engine listens at \/nowhere\/docker.sock.\nInstall Docker/)
})

test('jobs without containers run where there is no engine, and an engine elsewhere is refused', async () => {
  const ended = await shop.run(['run', '--job', 'plain'], { env })
  expect(ended.code, ended.err).toBe(0)
  expect(ended.out).toContain('ran')
  const remote = await shop.run(['run'], { env: { DOCKER_HOST: 'tcp://elsewhere:2375' } })
  expect(remote.code).toBe(3)
  expect(remote.err).toMatch(/only an engine of this machine can share its folders/)
})

const engine = await containersOrNotRun('signalbox run --sandbox docker')

test.skipIf(!engine)('a whole run in containers of the image that the person names', async () => {
  const args = ['run', '--sandbox', 'docker', '--job', 'plain']
  const unnamed = await shop.run(args, { env: engine?.env })
  expect(unnamed.code).toBe(3)
  expect(unnamed.err).toMatch(/SIGNALBOX_SANDBOX_IMAGE=/)
  const ended = await shop.run(args, { env: { ...engine?.env, SIGNALBOX_SANDBOX_IMAGE: testImage } })
  expect(ended.code, ended.err).toBe(0)
  expect(ended.out).toContain('ran')
})
