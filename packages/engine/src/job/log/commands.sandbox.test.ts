import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job-fixture.ts'
import { matcherFile, stylish, typescript } from './matchers/matchers.fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture({ 'src.ts': 'x\n' })
})
afterAll(() => fixture.close())

/** Writes a file of the workspace in a step. */
const write = (name: string, text: string) => `cat > ${name} <<'EOF'\n    ${text}\n    EOF`

describe('problem matchers', () => {
  it('are registered by a step and read from all that come, with files as the repository has them', async () => {
    const { annotations, text, result } = await fixture.run(`
- uses: actions/checkout@v4
- run: |
    mkdir -p m app/.git app/lib; touch app/lib/b.ts $RUNNER_TEMP/c.ts
    ${write('m/all.json', matcherFile(typescript, stylish))}
    echo "src.ts(1,2): error TS1: before"
    echo "::add-matcher::m/all.json"
    echo "src.ts(1,2): error TS2: after, in the same output"
- run: |
    echo "src.ts(3,4): warning TS3: in a later step"
    echo "/workspace/src.ts(3,5): error TS4: absolute"
    echo "./app/../src.ts(3,6): error TS5: crooked"
    echo "app/lib/b.ts(1,1): error TS6: of another repository"
    echo "none.ts(1,1): error TS7: not there"
    echo "../../etc/passwd(1,1): error TS8: outside"
    echo "$RUNNER_TEMP/c.ts(1,1): error TS9: in no repository"
- run: |
    echo "::remove-matcher owner=tsc::"
    echo "src.ts(1,2): error TS10: gone"
    printf 'src.ts\\n  1:2  error  left here  rule\\n'`)
    expect(result.conclusion).toBe('success')
    expect(
      annotations.map(({ step, annotation: { level, file, line, title } }) => [
        step,
        level,
        file,
        line,
        title,
      ]),
    ).toEqual([
      [2, 'error', 'src.ts', 1, 'TS2'],
      [3, 'warning', 'src.ts', 3, 'TS3'],
      [3, 'error', 'src.ts', 3, 'TS4'],
      [3, 'error', 'src.ts', 3, 'TS5'],
      [3, 'error', 'lib/b.ts', 1, 'TS6'],
      [3, 'error', undefined, 1, 'TS7'],
      [3, 'error', undefined, 1, 'TS8'],
      [3, 'error', undefined, 1, 'TS9'],
      [4, 'error', 'src.ts', 1, 'rule'],
    ])
    // Lines stay as they were, in their order.
    expect(text(2).split('\n')).toEqual([
      'src.ts(1,2): error TS1: before',
      'src.ts(1,2): error TS2: after, in the same output',
    ])
  })

  it('that are wrong fail their step, and one that cannot run in time is left out', async () => {
    const { steps, text } = await fixture.run(`
- {run: 'echo "::add-matcher::none.json"', continue-on-error: true}
- run: |
    ${write('link.json', '{}')}
    ln -s /etc/passwd away.json; echo "::add-matcher::away.json"
  continue-on-error: true
- run: |
    ${write('look.json', matcherFile({ owner: 'look', pattern: [{ regexp: '(?=a)(.)', message: 1 }] }))}
    echo "::add-matcher::look.json"; echo after`)
    expect(steps.map((step) => step.outcome)).toEqual(['failure', 'failure', 'success'])
    expect(steps[0]?.reason).toContain('none.json: there is no such file')
    expect(text(3)).toMatch(/Warning: the problem matcher look is left out.*\nafter/)
  })
})

describe('commands of old', () => {
  it('hand outputs and state on, from the last line without its end too; files count more', async () => {
    const { steps, text, result } = await fixture.run(`
- id: a
  run: |
    echo "::set-output name=one::1%0A2"
    echo "##[set-output name=two]2"
    echo "::set-output name=three::by command"; echo three=by file >> $GITHUB_OUTPUT
    printf '::set-output name=last::x'
- run: echo "[\${{ steps.a.outputs.two }}] [\${{ steps.a.outputs.three }}] [\${{ steps.a.outputs.last }}]"
- {id: env, run: 'echo "::set-env name=A::b"', continue-on-error: true}
- run: echo "::set-env name=A::b"; echo "::add-path::/added"
  env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}
- run: echo "$A $PATH"`)
    expect(result.conclusion).toBe('success')
    expect(steps[0]?.outputs).toEqual({ one: '1\n2', two: '2', three: 'by file', last: 'x' })
    expect(text(2)).toBe('[2] [by file] [x]')
    expect(steps[2]).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('$GITHUB_ENV') })
    expect(text(5)).toMatch(/^b \/added:/)
  })
})

describe('the summary', () => {
  it('of more than 1 MiB is left out with an error, and fails nothing', async () => {
    const { steps, summaries, annotations } = await fixture.run(`
- run: head -c 1048577 /dev/zero | tr '\\0' x > $GITHUB_STEP_SUMMARY
- run: head -c 1048576 /dev/zero | tr '\\0' x > $GITHUB_STEP_SUMMARY`)
    expect(steps.map((step) => step.conclusion)).toEqual(['success', 'success'])
    expect(summaries.map((one) => [one.step, one.text.length])).toEqual([[2, 1024 * 1024]])
    expect(annotations).toMatchObject([{ step: 1, annotation: { level: 'error' } }])
  })
})
