import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, settled } from './small-project.ts'

const secret = 'canary-of-the-call-4f1d'

const ship = `name: Ship
on: workflow_dispatch
env: { ONLY: here }
jobs:
  build:
    uses: ./.github/workflows/build.yml
    strategy: { matrix: { target: [web, api] } }
    with: { target: "\${{ matrix.target }}", fast: false }
    secrets: inherit
  tell:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: echo "told \${{ needs.build.outputs.built }} \${{ needs.build.result }}"
`
const build = `name: Build
on:
  workflow_call:
    inputs:
      target: { type: string, required: true }
      fast: { type: boolean, default: true }
    secrets: { TOKEN: { required: true } }
    outputs: { built: { value: "\${{ jobs.compile.outputs.what }}" } }
jobs:
  compile:
    runs-on: ubuntu-latest
    outputs: { what: "\${{ steps.make.outputs.what }}" }
    steps:
      - id: make
        run: |
          echo "making \${{ inputs.target }} [$ONLY] \${{ inputs.fast == false }} \${{ github.event_name }}"
          echo "the token has \${#TOKEN} letters: $TOKEN"
          echo "what=\${{ inputs.target }}-1" >> "$GITHUB_OUTPUT"
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
`
const validate = `on: pull_request
jobs:
  check: { uses: ./.signalbox/workflows/check.yml }
`
const check = `on: workflow_call
jobs:
  files:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: test ! -e forbidden.txt
`

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  await addProject(platform, {
    name: 'Calls',
    files: {
      'README.md': '#\n',
      '.signalbox/workflows/ship.yml': ship,
      '.signalbox/workflows/lost.yml':
        'on: workflow_dispatch\njobs: { a: { uses: ./.github/workflows/none.yml } }\n',
      '.signalbox/workflows/validate.yml': validate,
      '.signalbox/workflows/check.yml': check,
      '.github/workflows/build.yml': build,
    },
  })
  await platform.call('setSecrets', {
    params: { project: 'calls' },
    body: { environment: '', items: [{ name: 'TOKEN', value: secret }] },
  })
})
afterAll(async () => await platform?.destroy())

async function logOf(run: RunDetail, key: string): Promise<string> {
  const job = run.jobs.find((one) => one.key === key)
  const page = await platform.call('getJobLog', { params: { job: job?.id ?? '' }, query: { limit: 1000 } })
  return page.lines.map((line) => line.text).join('\n')
}

test('a workflow calls another for each leg of a matrix, hands on inputs and secrets, and reads its outputs', async () => {
  const begun = await platform.call('createRun', {
    params: { project: 'calls' },
    body: { workflow: 'ship.yml' },
  })
  const look = () => platform.call('getRun', { params: { run: begun.id } })
  await until(
    async () => (await look()).status === 'completed',
    90_000,
    () => begun.id,
  )
  const run = await look()
  expect(run.jobs.map((job) => [job.key, job.calledBy, job.conclusion])).toEqual([
    ['build (web)', null, 'success'],
    ['build (web) / compile', 'build (web)', 'success'],
    ['build (api)', null, 'success'],
    ['build (api) / compile', 'build (api)', 'success'],
    ['tell', null, 'success'],
  ])
  expect(run.jobs[0]?.calls).toBe('./.github/workflows/build.yml')
  const web = await logOf(run, 'build (web) / compile')
  expect(web).toContain('making web [] true workflow_dispatch')
  expect(web).toContain(`the token has ${secret.length} letters: ***`)
  expect(JSON.stringify(run) + web).not.toContain(secret)
  expect(await logOf(run, 'tell')).toMatch(/told (web|api)-1 success/)
})

test('a called file that is not there refuses the run with its place', async () => {
  const made = platform.call('createRun', { params: { project: 'calls' }, body: { workflow: 'lost.yml' } })
  await expect(made).rejects.toThrow(
    '.signalbox/workflows/lost.yml:2:20: there is no file .github/workflows/none.yml in this commit',
  )
})

test('a validation whose workflow calls another gates a change; an edit of the called file needs a person', async () => {
  const rest = async (goal: string) => {
    const { id } = await give(platform, 'calls', goal)
    const look = () => platform.call('getChange', { params: { change: id } })
    await until(
      async () => settled(await look()),
      90_000,
      () => id,
    )
    return await look()
  }
  expect(await rest('echo fine > fine.txt')).toMatchObject({ status: 'completed' })
  const failed = await rest('touch forbidden.txt')
  expect(failed).toMatchObject({ status: 'waiting', waitingFor: 'help' })
  expect(failed.evidence[0]).toMatchObject({ failingStep: 'Run test ! -e forbidden.txt', exitCode: 1 })
  const edited = await rest('sed -i s/test.*/true/ .signalbox/workflows/check.yml')
  expect(edited).toMatchObject({ status: 'waiting', waitingFor: 'approval' })
})
