import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GitServer, startGitServer } from '@signalbox/engine/action-source/git-server.fixture.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

let server: GitServer
let checkout: CliCheckout
beforeAll(async () => {
  server = await startGitServer()
  checkout = cliCheckout({
    '.github/workflows/ci.yml': `on: push
jobs:
  t:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: team/outer@v1
`,
  })
})
afterAll(async () => {
  checkout.remove()
  await server.close()
})

const cli = (...args: string[]) => checkout.run(args, { env: { SIGNALBOX_ACTIONS_URL: server.url } })
const lock = () => JSON.parse(readFileSync(join(checkout.dir, '.signalbox/actions.lock'), 'utf8'))
const inner = (word: string) => ({
  'action.yml': `name: I\nruns: {using: composite, steps: [{run: 'echo inner ${word}', shell: sh}]}`,
})

it('locks actions with those within, says what moved, and runs what is locked without a network', async () => {
  const outer = server.commit(
    'team/outer',
    { 'action.yml': 'name: O\nruns: {using: composite, steps: [{uses: team/inner@main}]}' },
    { tag: 'v1' },
  )
  const one = server.commit('team/inner', inner('one'))
  const before = await cli('actions', 'list')
  expect(before).toMatchObject({ code: 0 })
  expect(before.out).toContain(`team/outer@v1 .github/workflows/ci.yml:7:15 ${outer} not locked`)
  expect(await cli('actions', 'lock')).toMatchObject({ code: 0 })
  expect(lock()).toEqual({ version: 1, actions: { 'team/inner@main': one, 'team/outer@v1': outer } })

  const two = server.commit('team/inner', inner('two'))
  const moved = await cli('actions', 'lock')
  expect(moved.out).toContain(
    `team/inner@main within team/outer@v1 locked to ${one}, moved: it is ${two} now`,
  )
  expect(lock().actions['team/inner@main']).toBe(one)

  server.refuse = 500
  const run = await cli('run')
  expect(run.out).toContain(`team/inner@main: commit ${one} (cache, locked)`)
  expect(run.out).toContain('inner one')
  expect(run.code).toBe(0)
  server.refuse = undefined

  expect(await cli('actions', 'lock', '--update')).toMatchObject({ code: 0 })
  expect(lock().actions['team/inner@main']).toBe(two)
  expect((await cli('run')).out).toContain('inner two')
})

it('names what cannot be had and a broken lock with its place', async () => {
  checkout.write(
    '.github/workflows/ci.yml',
    'on: push\njobs: {t: {runs-on: linux, steps: [{uses: team/none@v1}]}}\n',
  )
  const listed = await cli('actions', 'list')
  expect(listed).toMatchObject({ code: 1 })
  expect(listed.out).toContain('team/none@v1 .github/workflows/ci.yml:2:43 There is no repository')
  checkout.write('.signalbox/actions.lock', '{"version": 1, "actions": {"a": "b"}}')
  const run = await cli('run')
  expect(run).toMatchObject({ code: 2 })
  expect(run.err).toContain('.signalbox/actions.lock:1:28: error: a is not owner/repository@ref')
})
