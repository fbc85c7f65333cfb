import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuiltLayer } from '../../snapshot/build-layer.ts'
import { planInstall } from '../../snapshot/plan-install.ts'
import { type JobFixture, jobFixture, type Ran } from '../job-fixture.ts'
import type { InstallPlan } from './install-plan.ts'

const files = {
  'package.json': '{"name": "shop", "version": "1.0.0"}',
  'package-lock.json': '{"lockfileVersion": 3}',
  'app.txt': 'the app\n',
}

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture(files)
})
afterAll(() => fixture.close())

/** Stands for an install that brings a file; its own line says where it ran. */
const install = 'ls; mkdir node_modules; echo installed > node_modules/done'

interface Planned {
  plan: InstallPlan
  kept: BuiltLayer[]
  gaveUp: string[]
}

async function planned(): Promise<Planned> {
  const { gitDir, commit } = fixture
  const step = { number: 2, command: 'npm ci', shell: '', workingDirectory: '', env: {} }
  const machine = { os: 'linux', arch: 'x64', node: 'v24', root: true, provider: 'bubblewrap' }
  const found = await planInstall({ gitDir, commit, step, machine, allowHosts: [], installInputs: [] })
  if (typeof found === 'string') throw new Error(found)
  const kept: BuiltLayer[] = []
  const gaveUp: string[] = []
  const build: NonNullable<InstallPlan['build']> = {
    key: found.key,
    inputs: found.inputs,
    layerName: fixture.newId(),
    async keep(layer) {
      kept.push(layer)
      return layer
    },
    async giveUp(why) {
      gaveUp.push(why)
    },
  }
  return { plan: { step: 2, build }, kept, gaveUp }
}

function run(command: string, request: Parameters<JobFixture['run']>[1]): Promise<Ran> {
  return fixture.run(
    `
- uses: actions/checkout@v4
- run: ${command}
- run: cat node_modules/done app.txt; git status --short`,
    request,
  )
}

test('an install that is not there yet is made of its inputs alone, and the job goes on on top of it', async () => {
  const { plan, kept } = await planned()
  const made = await run(install, { request: { install: plan } })
  expect(made.result.conclusion).toBe('success')
  expect(made.text(2)).toMatch(/Installing from 2 files alone/)
  expect(made.text(2)).toContain('package.json')
  expect(made.text(2)).not.toContain('app.txt')
  expect(made.text(2)).toContain('Kept as a snapshot')
  expect(made.text(3)).toContain('installed\nthe app')
  expect(kept).toMatchObject([{ paths: ['node_modules'] }])

  const [layer] = kept
  if (!layer || !plan.build) throw new Error('nothing was kept')
  const restored: InstallPlan = { step: 2, restored: { key: plan.build.key, sizeBytes: layer.sizeBytes } }
  const layers = { layers: [layer.path], layerPaths: layer.paths }
  const again = await run(install, { request: { install: restored, ...layers } })
  expect(again.steps.map(({ outcome }) => outcome)).toEqual(['success', 'skipped', 'success'])
  expect(again.text(2)).toMatch(/Restored snapshot .*nothing is installed/s)
  expect(again.text(3)).toBe(made.text(3))
})

test('what works in the whole tree alone runs there, and is not tried again', async () => {
  const { plan, kept, gaveUp } = await planned()
  const ran = await run('cat app.txt && mkdir node_modules && echo installed > node_modules/done', {
    request: { install: plan },
  })
  expect(ran.result.conclusion).toBe('success')
  expect(ran.text(2)).toContain(
    'No snapshot: with its inputs alone it ended with 1. Installing in the whole tree.',
  )
  expect(kept).toEqual([])
  expect(gaveUp).toEqual(['with its inputs alone it ended with 1'])
})

test('an install that fails in the whole tree too fails the step, and may be tried again', async () => {
  const { plan, gaveUp } = await planned()
  const ran = await run('exit 7', { request: { install: plan } })
  expect(ran.steps[1]).toMatchObject({ outcome: 'failure', exitCode: 7 })
  expect(gaveUp).toEqual([])
})

test('an install that changes the repository, or makes nothing, is not kept', async () => {
  const changing = await planned()
  const changed = await run(`echo x >> package.json; ${install}`, { request: { install: changing.plan } })
  expect(changed.text(2)).toContain('No snapshot: the install changes files of the repository: package.json')
  expect(changing.gaveUp).toHaveLength(1)
  const empty = await planned()
  const nothing = await run('true', { request: { install: empty.plan } })
  expect(nothing.text(2)).toContain('It made no files: there is nothing to keep.')
  expect(empty.kept).toEqual([])
})

test('an install that takes too long ends its step', async () => {
  const { plan, kept } = await planned()
  const ran = await fixture.run(
    `
- uses: actions/checkout@v4
- run: sleep 60
  timeout-minutes: 0.02`,
    { request: { install: plan } },
  )
  expect(ran.result.conclusion).toBe('failure')
  expect(ran.steps[1]?.outcome).toBe('timed_out')
  expect(kept).toEqual([])
})

test('defaults of the job may change what the command does: then it is a step like any other', async () => {
  const { plan, kept } = await planned()
  const ran = await run(install, {
    job: 'defaults: {run: {shell: bash}}',
    request: { install: { ...plan, note: 'the job has defaults' } },
  })
  expect(ran.result.conclusion).toBe('success')
  expect(ran.text(2)).toContain('app.txt')
  expect(kept).toEqual([])
})

test('why nothing is kept is said in the log of the step', async () => {
  const ran = await run(install, { request: { install: { step: 2, note: 'there is no lockfile' } } })
  expect(ran.text(2)).toContain('No snapshot of the install: there is no lockfile.')
  expect(ran.text(3)).toContain('installed')
})
