import { createContainerEngine } from '@signalbox/engine/sandbox/docker/engine.ts'
import { containersOrNotRun, testImage } from '@signalbox/testing/container-images.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type JobFixture, jobFixture, type Ran, type RunOptions } from './job-fixture.ts'

const engine = await containersOrNotRun('jobs in containers')

describe.skipIf(!engine)('a job in a container', () => {
  let fixture: JobFixture
  beforeAll(() => {
    fixture = jobFixture({ 'README.md': 'hello\n' })
    const dataDir = fixture.dataDir
    fixture.dependencies.containers = createContainerEngine({ dataDir, env: engine?.env ?? {} })
  })
  afterAll(() => fixture.close())
  const run = (job: string, steps: string, options: RunOptions = {}): Promise<Ran> =>
    fixture.run(steps, { ...options, job })

  test('runs its steps with sh in the image, whose environment and user they have', async () => {
    const ran = await run(
      `container:\n  image: ${testImage}\n  env:\n    GREETING: hi there\n  options: --hostname made-here`,
      `- uses: actions/checkout@v6
- id: one
  run: |
    echo "shell $0 user $(id -u) host $(hostname) greeting $GREETING home $HOME"
    cat README.md
    echo "answer=42" >> "$GITHUB_OUTPUT"
    ls /opt/signalbox
- run: echo "then \${{ steps.one.outputs.answer }} in \${{ job.container.id != '' }} \${{ job.container.network }}"
- shell: bash
  run: '[[ -n "$BASH_VERSION" ]] && echo bash'`,
    )
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(ran.text()).toMatch(/user 0 host made-here greeting hi there home \/home\/sbx/)
    expect(ran.text()).toMatch(/shell .*\.sh /)
    expect(ran.text()).toContain('hello')
    expect(ran.text()).toMatch(/then 42 in true container:[0-9a-f]{64}/)
  })
})
