import { containersOrNotRun, testImage } from '@signalbox/testing/container-images.ts'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProject } from './small-project.ts'

const engine = await containersOrNotRun('containers on the whole platform')

const workflow = `on: workflow_dispatch
jobs:
  boxed:
    runs-on: ubuntu-latest
    container: { image: '${testImage}', env: { GREETING: ahoy } }
    services:
      web:
        image: '${testImage}'
        command: node -e "require('node:http').createServer((_, a) => a.end('service')).listen(7070)"
        options: --health-cmd "node -e \\"fetch('http://127.0.0.1:7070')\\"" --health-interval 1s
    steps:
      - uses: actions/checkout@v6
      - run: cat README.md; echo "$GREETING"; node -e "fetch('http://web:7070').then(async a => console.log('got', await a.text()))"
`

describe.skipIf(!engine)('containers on the platform', () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform(engine?.env)
    const files = { 'README.md': '# Boxed\n', '.signalbox/workflows/boxed.yml': workflow }
    await addProject(platform, { name: 'Boxed', files })
  })
  afterAll(async () => await platform.destroy())

  test('a worker runs a job in its container with a service beside it', async () => {
    const { id } = await platform.call('createRun', {
      params: { project: 'boxed' },
      body: { workflow: 'boxed', inputs: {} },
    })
    const runNow = () => platform.call('getRun', { params: { run: id } })
    await until(async () => (await runNow()).status === 'completed', 90_000)
    const { conclusion, jobs } = await runNow()
    const log = await platform.call('getJobLog', { params: { job: jobs[0]?.id ?? '' }, query: {} })
    const text = log.lines.map((line) => line.text)
    expect(conclusion, text.join('\n')).toBe('success')
    expect(text).toEqual(expect.arrayContaining(['# Boxed', 'ahoy', 'got service']))
    expect(text.join('\n')).toMatch(/Service web is healthy after/)
  })
})
