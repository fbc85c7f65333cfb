import { execFileSync } from 'node:child_process'
import { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliCheckout, cliCheckout } from '../cli-process.fixture.ts'

const workflows = '.github/workflows'
let shop: CliCheckout
beforeAll(() => {
  shop = cliCheckout({
    [`${workflows}/ok.yml`]: `name: Fine
on: [push, pull_request]
jobs:
  build:
    runs-on: linux
    outputs: { word: "\${{ steps.say.outputs.word }}" }
    steps:
      - id: say
        run: |
          echo "word=hello" >> "$GITHUB_OUTPUT"
          echo "::warning file=a.txt,line=3::careful"
          echo "# Done" >> "$GITHUB_STEP_SUMMARY"
          echo "the secret is $TOKEN for $WHO, \${{ vars.REGION }}"
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
  legs:
    needs: build
    runs-on: linux
    strategy: { matrix: { os: [one, two], n: [1, 2] } }
    steps: [{ run: 'echo "\${{ matrix.os }}-\${{ matrix.n }} \${{ needs.build.outputs.word }}"' }]
`,
    [`${workflows}/bad.yml`]:
      'on: release\njobs:\n  a: { runs-on: linux, steps: [{ run: "echo first; exit 4" }] }\n',
    [`${workflows}/ask.yml`]: `on:
  workflow_dispatch: { inputs: { who: { required: true } } }
jobs:
  greet: { runs-on: linux, steps: [{ run: 'echo "hi \${{ inputs.who }} by \${{ github.event_name }}"' }] }
  pr: { if: github.event_name == 'pull_request', runs-on: linux, steps: [{ run: 'echo "\${{ github.event.pull_request.title }} \${{ github.head_ref }}"' }] }
`,
    [`${workflows}/slow.yml`]:
      'on: release\njobs:\n  wait: { runs-on: linux, steps: [{ run: "echo begun; sleep 300" }] }\n',
    'event.json': JSON.stringify({ pull_request: { title: 'Add hats', head: { ref: 'hats' } } }),
  })
})
afterAll(() => shop.remove())

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => LocalRunLine.parse(JSON.parse(line)))

test('without a file what the event triggers runs, and every line of --json is of the protocol', async () => {
  const args = ['run', '--json', '--secret', 'TOKEN', '--var', 'REGION=eu', '--env', 'WHO=ada']
  const ended = await shop.run([...args, '--matrix', 'os:two', '--matrix', 'n:2', '--matrix', 'n:1'], {
    env: { TOKEN: 'hush-hush' },
  })
  expect(ended.code).toBe(0)
  expect(ended.out).not.toContain('hush-hush')
  const found = lines(ended.out)
  expect([...new Set(found.map((line) => line.type))].toSorted()).toEqual(
    ['annotation', 'job', 'log', 'output', 'run', 'step', 'summary'].toSorted(),
  )
  const [first] = found
  expect(first).toMatchObject({ type: 'run', workflow: `${workflows}/ok.yml`, name: 'Fine', event: 'push' })
  expect(found.at(-1)).toMatchObject({
    ...{ type: 'run', status: 'completed', conclusion: 'success', durationMs: expect.any(Number) },
  })
  const texts = found.flatMap((line) => (line.type === 'log' ? [line.text] : []))
  expect(texts).toEqual(
    expect.arrayContaining(['the secret is *** for ada, eu', 'two-1 hello', 'two-2 hello']),
  )
  expect(texts.join()).not.toContain('one-')
  expect(found).toContainEqual(
    expect.objectContaining({ type: 'output', job: 'build', step: null, name: 'word', value: 'hello' }),
  )
  expect(found).toContainEqual(
    expect.objectContaining({ type: 'annotation', level: 'warning', file: 'a.txt', line: 3 }),
  )
  expect(found).toContainEqual(expect.objectContaining({ type: 'summary', text: '# Done\n' }))
})

test('a failed job is 1, a mistake in what was asked 2, a missing part of the machine 3', async () => {
  const [failed, key, value, docker, skipped] = await Promise.all([
    shop.run(['run', 'bad']),
    shop.run(['run', 'ok', '--job', 'nobody']),
    shop.run(['run', 'ask', '--input', 'whom=ada']),
    shop.run(['run', 'ok', '--sandbox', 'docker']),
    shop.run(['run', 'ask', '--event', 'push', '--job', 'pr']),
  ])
  expect(failed.code).toBe(1)
  expect(failed.out).toMatch(/first\n.*✗ failure.*exit code 4/s)
  expect(key).toMatchObject({ code: 2, err: expect.stringContaining('The jobs: build, legs') })
  expect(value).toMatchObject({ code: 2, err: expect.stringContaining('whom') })
  expect(docker).toMatchObject({ code: 3, err: expect.stringContaining('SIGNALBOX_SANDBOX_IMAGE') })
  expect(skipped).toMatchObject({ code: 0, out: expect.stringContaining('skipped') })
})

test('the event, its payload and inputs reach the jobs', async () => {
  const [dispatched, pull] = await Promise.all([
    shop.run(['run', 'ask', '--input', 'who=ada']),
    shop.run(['run', 'ask', '--event', 'pull_request', '--payload', 'event.json', '--job', 'pr']),
  ])
  expect(dispatched).toMatchObject({ code: 0, out: expect.stringContaining('hi ada by workflow_dispatch') })
  expect(pull).toMatchObject({ code: 0, out: expect.stringContaining('Add hats hats') })
})

test('where nothing is triggered each file says why not', async () => {
  const [none, strange] = await Promise.all([
    shop.run(['run', '--event', 'schedule']),
    shop.run(['run', '--event', 'no_such_thing']),
  ])
  expect(none).toMatchObject({ code: 2, out: '' })
  expect(none.err).toContain('ok.yml: It starts on push, pull_request, not on schedule.')
  expect(strange).toMatchObject({ code: 2, err: expect.stringContaining('There is no event no_such_thing') })
})

test('a dry run says what would run and runs nothing', async () => {
  const [text, json, wrong] = await Promise.all([
    shop.run(['run', 'ok', '--dry-run', '--matrix', 'os:one']),
    shop.run(['run', '--dry-run', '--json', '--event', 'pull_request']),
    shop.run(['run', 'ok', '--dry-run', '--payload', 'nowhere.json']),
  ])
  expect(text.code).toBe(0)
  expect(text.out).toMatch(/build\n +1 Run echo.*legs \(one, 1\) after build.*legs \(one, 2\)/s)
  expect(text.out).not.toContain('two')
  expect(lines(json.out).filter((line) => line.type === 'job')).toHaveLength(5)
  expect(lines(json.out).every((line) => !('status' in line) || line.status === 'planned')).toBe(true)
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('nowhere.json') })
})

test('Ctrl-C ends what runs and is 130', async () => {
  const ended = await shop.run(['run', 'slow'], { interrupt: { at: 'begun', signal: 'SIGINT' } })
  expect(ended.code).toBe(130)
  expect(ended.out).toContain('cancelled')
})

test('a secret on the command line works, with a warning; a forgotten one is 2', async () => {
  const [given, forgotten] = await Promise.all([
    shop.run(['run', 'ok', '--job', 'build', '--secret', 'TOKEN=open-sesame']),
    shop.run(['run', 'ok', '--secret', 'TOKEN']),
  ])
  expect(given).toMatchObject({ code: 0, err: expect.stringContaining('can read the value of TOKEN') })
  expect(given.out + given.err).not.toContain('open-sesame')
  expect(forgotten).toMatchObject({ code: 2, err: expect.stringContaining('TOKEN is not set') })
})

test('--sandbox host runs on the machine itself, with the same language', async () => {
  const host = cliCheckout({
    'a.txt': 'A',
    [`${workflows}/host.yml`]: `on: push
env: { WORK: "\${{ github.workspace }}" }
jobs:
  one:
    runs-on: linux
    steps:
      - uses: actions/checkout@v4
      - run: |
          test "$PWD" = "$GITHUB_WORKSPACE" && test "$WORK" = "$PWD"
          test -f a.txt -a -d "$RUNNER_TEMP" -a -f "$GITHUB_EVENT_PATH" && touch "\${{ runner.temp }}/there"
          echo "hash \${{ hashFiles('a.txt', format('{0}/none', github.workspace)) }}"
          echo "FROM_ENV=kept" >> "$GITHUB_ENV"
          mkdir bin && printf '#!/bin/sh\\necho mine' > bin/tool && chmod +x bin/tool && echo "$PWD/bin" >> "$GITHUB_PATH"
          setsid sleep 4712 & echo "home $HOME"
      - run: echo "$FROM_ENV $(tool) $(ls "$RUNNER_TEMP"/there | wc -l)"
      - uses: actions/upload-artifact@v4
        with: { name: built, path: "\${{ github.workspace }}/bin" }
  two:
    needs: one
    runs-on: linux
    steps:
      - uses: actions/download-artifact@v4
        with: { name: built, path: "\${{ github.workspace }}/got" }
      - run: sh got/tool
`,
  })
  try {
    const ended = await host.run(['run', '--sandbox', 'host'], { env: { HIDDEN: 'of-the-person' } })
    expect(ended).toMatchObject({ code: 0, err: '' })
    expect(ended.out).toMatch(/hash [0-9a-f]{64}/)
    expect(ended.out).toContain('kept mine 1')
    expect(ended.out).toContain(`home ${process.env['HOME']}`)
    expect(ended.out).toMatch(/two \| {3}mine/)
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 4712')
  } finally {
    host.remove()
  }
})
