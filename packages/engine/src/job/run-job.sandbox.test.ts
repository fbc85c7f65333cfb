import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from './job-fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

describe('shells', () => {
  it('are the command lines of GitHub: no pipefail without shell', async () => {
    const { steps, text } = await fixture.run(`
- run: false | true; echo "$-"
- run: false | true
  shell: bash
  continue-on-error: true
- run: shopt -q login_shell || echo no login; set -o | grep pipefail
  shell: bash
- run: 'false; echo not here'
  continue-on-error: true
- run: 'readlink /proc/$$/exe; false | true; echo sh goes on'
  shell: sh
- run: cat; echo "stdin is closed"
- run: pwd; cd /; mkdir -p /workspace/sub
- run: pwd
  working-directory: sub`)
    expect(steps.map((step) => step.outcome)).toEqual([
      'success',
      'failure',
      'success',
      'failure',
      'success',
      'success',
      'success',
      'success',
    ])
    expect(text(1)).toContain('e')
    expect(text(3)).toMatch(/pipefail\s+on/)
    expect(text(5)).toMatch(/\/(da|ba)?sh\nsh goes on/)
    expect(text(6)).toBe('stdin is closed')
    expect(text(7)).toBe('/workspace')
    expect(text(8)).toBe('/workspace/sub')
  })
})

describe('environment', () => {
  it('prefers the step, then GITHUB_ENV, then the job, then the workflow; levels do not see themselves', async () => {
    const { text } = await fixture.run(
      `
- run: echo "$A $B $C $D"
- run: |
    echo "B=file" >> $GITHUB_ENV
    echo "C=file" >> $GITHUB_ENV
    echo "now $B"
- run: echo "$A $B $C [$E]"
  env: {C: step, E: "\${{ env.C }}", A: "\${{ env.B }}"}
- run: echo '\${{ env.C }}' "$D"`,
      { top: 'env: {A: workflow, B: workflow}', job: 'env: {B: job, C: job, D: "$A ${A}"}' },
    )
    expect(text(1)).toBe('workflow job job $A ${A}')
    expect(text(2)).toBe('now job')
    expect(text(3)).toBe('file file step [file]')
    expect(text(4)).toBe('file $A ${A}')
  })

  it('has what GitHub sets, and a workflow cannot change it', async () => {
    const { text } = await fixture.run(
      `
- run: echo "$CI $GITHUB_ACTIONS $GITHUB_REPOSITORY $GITHUB_SHA $GITHUB_WORKSPACE $RUNNER_OS $GITHUB_JOB"; cat $GITHUB_EVENT_PATH
- run: echo "GITHUB_SHA=evil" >> $GITHUB_ENV
- run: echo "$GITHUB_SHA \${{ github.sha }}"`,
      { top: 'env: {GITHUB_REPOSITORY: evil, RUNNER_OS: evil}' },
    )
    expect(text(1)).toBe(`true true team/app ${fixture.commit} /workspace Linux j\n{"a":1}`)
    expect(text(3)).toBe(`${fixture.commit} ${fixture.commit}`)
  })

  it('puts folders of GITHUB_PATH first, the last one foremost, from the next step on', async () => {
    const { text } = await fixture.run(`
- run: |
    for d in one two; do mkdir -p bin/$d; printf '#!/bin/sh\\necho %s' $d > bin/$d/tool; chmod +x bin/$d/tool; done
    echo "$PWD/bin/one" >> $GITHUB_PATH
    echo "$PWD/bin/two" >> $GITHUB_PATH
    command -v tool || echo not yet
- run: tool; command -v ls`)
    expect(text(1)).toBe('not yet')
    expect(text(2)).toMatch(/^two\n.*\/ls$/)
  })

  it('drops NODE_OPTIONS with an error, keeps the rest', async () => {
    const { text } = await fixture.run(`
- run: printf 'node_options=--require=/x\\nA<<E\\n1\\n2\\nE\\n' >> $GITHUB_ENV
- run: echo "[$NODE_OPTIONS$node_options]$A"`)
    expect(text(1)).toContain('::error::NODE_OPTIONS')
    expect(text(2)).toBe('[]1\n2')
  })
})

describe('results', () => {
  it('tells outcome from conclusion and hands outputs on', async () => {
    const { result, steps, text } = await fixture.run(
      `
- id: a
  run: printf 'x=1\\nmany<<E\\none\\ntwo\\nE\\n' >> $GITHUB_OUTPUT; exit 7
  continue-on-error: true
- run: echo "\${{ steps.a.outcome }} \${{ steps.a.conclusion }} \${{ steps.A.outputs.X }}"`,
      { job: 'outputs: {x: "${{ steps.a.outputs.x }}-${{ steps.none.outputs.x }}"}' },
    )
    expect(steps[0]).toMatchObject({
      outcome: 'failure',
      conclusion: 'success',
      exitCode: 7,
      reason: 'exit code 7',
    })
    expect(steps[0]?.outputs).toEqual({ x: '1', many: 'one\ntwo' })
    expect(text(2)).toBe('failure success 1')
    expect(result).toEqual({ conclusion: 'success', outputs: { x: '1-' }, reason: undefined })
  })

  it('skips after a failure, except what asks for it', async () => {
    const { result, steps } = await fixture.run(`
- run: exit 1
- run: 'true'
- run: 'true'
  if: failure()
- run: 'true'
  if: always()
- run: 'true'
  if: \${{ false }} && true
- run: 'true'
  if: cancelled()`)
    expect(steps.map((step) => step.conclusion)).toEqual([
      'failure',
      'skipped',
      'success',
      'success',
      'skipped',
      'skipped',
    ])
    expect(result).toMatchObject({ conclusion: 'failure', reason: 'step 1 failed: exit code 1' })
  })

  it.each([
    ['a line without a name', 'echo nonsense >> $GITHUB_OUTPUT', 'GITHUB_OUTPUT: the line has no name'],
    ['a delimiter that does not come', "printf 'A<<E\\nx\\n' >> $GITHUB_ENV", 'does not come again'],
    ['too much output', 'head -c 1100000 /dev/zero >> $GITHUB_OUTPUT', 'GITHUB_OUTPUT'],
    ['a link instead of the file', 'ln -sf /etc/passwd $GITHUB_OUTPUT', 'GITHUB_OUTPUT'],
    ['a folder instead of the file', 'rm $GITHUB_ENV; mkdir $GITHUB_ENV', 'GITHUB_ENV'],
    ['a pipe instead of the file', 'rm $GITHUB_ENV; mkfifo $GITHUB_ENV', 'GITHUB_ENV'],
    ['a link instead of the folder', 'd=$(dirname $GITHUB_ENV); rm -r $d; ln -s /etc $d', 'GITHUB_ENV'],
    ['an old command', 'echo "::set-env name=a::b"', 'write to $GITHUB_ENV'],
  ])('fails a step for %s', async (_name, script, reason) => {
    const { result, steps } = await fixture.run(`- run: |\n    ${script}`)
    expect(steps[0]).toMatchObject({ outcome: 'failure', exitCode: 0 })
    expect(steps[0]?.reason).toContain(reason)
    expect(steps[0]?.outputs).toEqual({})
    expect(result.conclusion).toBe('failure')
  })

  it('goes on without command files that a step removed', async () => {
    const { result } = await fixture.run(`
- run: rm -r $(dirname $GITHUB_ENV)
- run: 'true'`)
    expect(result.conclusion).toBe('success')
  })

  it('fails a step whose expression cannot be evaluated, and only it', async () => {
    const { steps } = await fixture.run(`
- run: echo \${{ fromJSON('{') }}
  continue-on-error: true
- run: echo next`)
    expect(steps.map((step) => [step.outcome, step.conclusion])).toEqual([
      ['failure', 'success'],
      ['success', 'success'],
    ])
  })
})

describe('secrets', () => {
  it('never reach a line, an output or a reason', async () => {
    const secret = 'hunter2-and-more'
    const { result, steps, text } = await fixture.run(
      `
- id: a
  run: |
    printf 'hunter2-'; sleep 0.1; echo and-more
    printf '%s' "$S" | base64; printf 'ab%s' "$S" | base64; printf '%s' "$S" >&2
    echo "o=$S" >> $GITHUB_OUTPUT; echo "E=$S" >> $GITHUB_ENV; echo "$S" >> $GITHUB_STEP_SUMMARY
    echo "::add-mask::other-one"; echo "an other-one"
  env: {S: "\${{ secrets.TOKEN }}"}
- name: use \${{ secrets.token }}
  run: echo "$E \${{ steps.a.outputs.o }}"; exit 3`,
      { request: { secrets: { TOKEN: secret } }, job: 'outputs: {o: "${{ steps.a.outputs.o }}", n: "1"}' },
    )
    const everything = JSON.stringify([result, steps, text()])
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12))
    expect(everything).not.toContain('other-one')
    expect(text(1).split('\n').slice(0, 2)).toEqual(['***', '***'])
    expect(text(2)).toContain('*** ***')
    expect(result.outputs).toEqual({ n: '1' })
  })
})
