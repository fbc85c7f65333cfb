import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { expect, test } from 'vitest'
import config from '../vitest.config.ts'

const root = join(import.meta.dirname, '..')
const folder = '.github/workflows'

/** As `signalbox run` and a server read it. */
function read(file: string) {
  const builtinActions = [...engineBuiltins().values()]
  return parseWorkflow(file, readFileSync(join(root, file), 'utf8'), { builtinActions })
}

function ci(): Workflow {
  const { workflow } = read(`${folder}/ci.yml`)
  if (!workflow) throw new Error('ci.yml is no workflow')
  return workflow
}

function commands(workflow: Workflow, key: string): string[] {
  const job = workflow.jobs.find((one) => one.key === key)
  return (job?.steps ?? []).flatMap((step) => (step.kind === 'run' ? [step.run.source] : []))
}

test('our own engine accepts every workflow of ours', () => {
  const files = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
  expect(files).toContain(`${folder}/ci.yml`)
  for (const file of files) expect(read(file).diagnostics, file).toEqual([])
})

test('each pull request is checked, tested and built, and the default branch is packed after that', () => {
  const workflow = ci()
  expect(workflow.on.map(({ event }) => event)).toEqual(expect.arrayContaining(['pull_request', 'push']))
  expect(commands(workflow, 'quality')).toEqual(expect.arrayContaining(['npm run checks']))
  expect(commands(workflow, 'build')).toContain('npm run build')
  expect(commands(workflow, 'test')).toEqual(['.ci/run'])
  const packing = workflow.jobs.find((job) => job.key === 'package')
  expect(packing?.needs.toSorted()).toEqual(['build', 'test'])
  expect(packing?.if?.expression).toContain('refs/heads/main')
})

test('fewer than 90 % of the statements of core and engine under test fail a pull request', () => {
  expect(commands(ci(), 'coverage')).toContain('npm run coverage')
  const thresholds: unknown = config.test?.coverage?.thresholds
  for (const name of ['core', 'engine']) {
    expect(thresholds).toHaveProperty([`packages/${name}/src/**/*.ts`, 'statements'], 90)
  }
})

test('what it calls is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const called = ci().jobs.flatMap((job) => commands(ci(), job.key).flatMap((text) => text.split('\n')))
  const named = called.flatMap((line) => /^npm run ([\w:-]+)/.exec(line)?.[1] ?? [])
  expect(named.length).toBeGreaterThan(1)
  for (const name of named) expect(Object.keys(scripts)).toContain(name)
  for (const line of called.filter((one) => one.startsWith('npx '))) {
    expect(existsSync(join(root, 'node_modules/.bin', line.split(' ')[1] ?? ''))).toBe(true)
  }
  accessSync(join(root, '.ci/run'), constants.X_OK)
})
