import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from './job-fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

describe('shells and defaults', () => {
  it('runs python, node and a command line of one’s own', async () => {
    const { steps, text } = await fixture.run(`
- run: |
    import sys
    print('python', sys.version_info[0])
  shell: python
- run: console.log('node', process.argv.length)
  shell: node
- run: print "perl $0\\n"
  shell: perl -w {0}
- run: echo x
  shell: nothing-here {0}
  continue-on-error: true`)
    expect(text(1)).toBe('python 3')
    expect(text(2)).toBe('node 2')
    expect(text(3)).toContain('perl /tmp/')
    expect(steps.map((step) => step.outcome)).toEqual(['success', 'success', 'success', 'failure'])
  })

  it('takes shell and folder from the step, then the job, then the workflow', async () => {
    const { steps, text } = await fixture.run(
      `
- run: mkdir -p a b c
  working-directory: /workspace
- run: pwd; false | true; echo no
  continue-on-error: true
- run: pwd
  working-directory: b
- run: import os; print(os.getcwd())
  shell: python
  working-directory: c`,
      {
        top: 'defaults: {run: {shell: bash, working-directory: b}}',
        job: 'env: {D: a}\ndefaults: {run: {working-directory: "${{ env.D }}"}}',
      },
    )
    expect(text(2)).toContain('/workspace/a')
    expect(steps[1]?.outcome).toBe('failure')
    expect(text(3)).toBe('/workspace/b')
    expect(text(4)).toBe('/workspace/c')
  })

  it('hashes files as GitHub does, afresh for each step', async () => {
    const { text } = await fixture.run(`
- run: mkdir -p d && printf a > d/a.lock && printf b > b.lock && ln -s /etc/passwd c.lock
- run: echo "[\${{ hashFiles('**/*.lock') }}]"
- run: echo "[\${{ hashFiles('none') }}]"; printf x >> b.lock
- run: echo "[\${{ hashFiles('**/*.lock', '!d/**') }}]"
  if: hashFiles('b.lock') != ''
- run: |
    { printf %s "$(sha256sum b.lock | cut -c1-64)" | xxd -r -p 2>/dev/null || python3 -c "import sys;sys.stdout.buffer.write(bytes.fromhex('$(sha256sum b.lock | cut -c1-64)'))"; } | sha256sum | cut -c1-64`)
    expect(text(2)).toMatch(/^\[[0-9a-f]{64}\]$/)
    expect(text(3)).toBe('[]')
    expect(text(4)).toBe(`[${text(5)}]`)
  })
})

describe('workflow commands', () => {
  it('keeps annotations with their places, masked, and the summary', async () => {
    const { annotations, summaries, text } = await fixture.run(
      `
- run: |
    echo "::error file=src/a.ts,line=3,endLine=3,col=5,endColumn=6,title=Bad%3A thing::It is s3cret%0Aindeed"
    echo "::warning::careful"
    echo "::notice title=T::seen"
    echo "::debug::not shown"
    printf '# Done\\ns3cret\\n' >> $GITHUB_STEP_SUMMARY
- run: for i in $(seq 80); do echo "::notice::n$i"; done`,
      { request: { secrets: { S: 's3cret' } } },
    )
    expect(annotations.filter((one) => one.step === 1).map((one) => one.annotation)).toEqual([
      {
        level: 'error',
        message: 'It is ***\nindeed',
        title: 'Bad: thing',
        file: 'src/a.ts',
        line: 3,
        endLine: 3,
        column: 5,
        endColumn: 6,
      },
      { level: 'warning', message: 'careful' },
      { level: 'notice', message: 'seen', title: 'T' },
    ])
    expect(annotations.filter((one) => one.step === 2)).toHaveLength(50)
    expect(summaries).toEqual([{ step: 1, text: '# Done\n***\n' }])
    expect(text(1)).not.toContain('not shown')
  })
})

const make = (name: string, yaml: string) =>
  // Expressions of the action are not for the step that writes it.
  `- run: |\n    mkdir -p ${name}\n    sed 's/@@/$/g' > ${name}/action.yml <<'EOF'\n${yaml.replaceAll('${{', '@@{{').replace(/^/gm, '    ')}\n    EOF`

describe('actions of the repository', () => {
  it('runs composite actions with inputs, outputs, scopes and others inside', async () => {
    const { result, steps, text } = await fixture.run(
      `
${make(
  'outer',
  `name: Outer
inputs: {who: {default: world}, ref: {default: "\${{ github.repository }}"}}
outputs: {said: {value: "\${{ steps.s.outputs.said }}"}}
runs:
  using: composite
  steps:
    - id: s
      run: echo "said=hello \${{ inputs.who }} of \${{ inputs.ref }} $LEVEL" >> $GITHUB_OUTPUT; echo "FROM=inside" >> $GITHUB_ENV
      shell: bash
      env: {LEVEL: own}
    - run: echo "[\${{ steps.outside.outputs.x }}] $A \${{ secrets.S }} $GITHUB_ACTION_PATH"
      shell: bash
    - uses: ./inner
    - run: echo skipped
      if: inputs.who == 'nobody'
      shell: bash`,
)}
${make('inner', "runs: {using: composite, steps: [{run: 'pwd; echo $A', shell: sh, working-directory: outer}]}")}
- id: outside
  run: echo x=1 >> $GITHUB_OUTPUT
- id: o
  uses: ./outer
  with: {who: you, other: 1}
  env: {A: around}
- run: echo "\${{ steps.o.outputs.said }} $FROM \${{ steps.s.outputs.said }}"`,
      { request: { secrets: { S: 'topsecret' } } },
    )
    expect(result.conclusion).toBe('success')
    const lines = text(4).split('\n')
    expect(lines).toContain('Warning: the action Outer has no input other; its inputs: who, ref')
    expect(lines.join('|')).toContain('[] around  /workspace/outer')
    expect(lines).toContain('/workspace/outer')
    expect(lines).not.toContain('skipped')
    expect(text(5)).toBe('hello you of team/app own inside ')
    expect(steps[3]).toMatchObject({ outputs: { said: 'hello you of team/app own' } })
  })

  it('fails with the step that failed, after those that want to run then', async () => {
    const { steps, text } = await fixture.run(`
${make(
  'a',
  `runs:
  using: composite
  steps:
    - {run: exit 3, shell: bash, name: Break, continue-on-error: true}
    - {run: exit 4, shell: bash, name: Break again}
    - {run: echo not, shell: bash}
    - {run: echo cleans up, shell: bash, if: failure()}`,
)}
- uses: ./a`)
    expect(steps[1]).toMatchObject({ outcome: 'failure', exitCode: 4, reason: 'Break again: exit code 4' })
    expect(text(2)).toContain('cleans up')
    expect(text(2)).not.toMatch(/^not$/m)
  })

  it('runs JavaScript actions with inputs, state, outputs and a post step at the end', async () => {
    const { result, text, steps } = await fixture.run(`
- run: |
    mkdir -p js && cd js
    printf 'name: JS\\ninputs: {two words: {default: d}}\\nruns: {using: node24, main: m.js, post: p.js}\\n' > action.yml
    echo 'const fs = require("fs"); console.log(process.env["INPUT_TWO_WORDS"]); fs.appendFileSync(process.env.GITHUB_STATE, "k=v\\n"); fs.appendFileSync(process.env.GITHUB_OUTPUT, "o=1\\n")' > m.js
    echo 'console.log("post", process.env.STATE_k)' > p.js
- id: j
  uses: ./js
- run: echo "\${{ steps.j.outputs.o }}"; exit 1`)
    expect(result.conclusion).toBe('failure')
    expect(text(2)).toBe('d')
    expect(text(3)).toContain('1')
    expect(text(4)).toBe('post v')
    expect(steps.at(-1)).toMatchObject({ number: 4, name: 'Post Run ./js', conclusion: 'success' })
  })

  it('refuses what is missing, broken, a link, too deep or Docker', async () => {
    const { steps } = await fixture.run(`
${make('deep', 'runs: {using: composite, steps: [{uses: ./deep}]}')}
${make('docker', 'runs: {using: docker, image: x}')}
- run: mkdir link big; ln -s /etc/passwd link/action.yml; head -c 300000 /dev/zero > big/action.yml
- {uses: ./none, continue-on-error: true}
- {uses: ./deep, continue-on-error: true}
- {uses: ./docker, continue-on-error: true}
- {uses: ./link, continue-on-error: true}
- {uses: ./big, continue-on-error: true}`)
    const reasons = steps.slice(3).map((step) => step.reason ?? step.outcome)
    expect(reasons[0]).toContain('there is no action.yml in ./none')
    expect(reasons[1]).toContain('more than 10 deep')
    expect(reasons[2]).toContain('docker/action.yml:1:15: error: Docker actions cannot run here')
    expect(steps.slice(3).map((step) => step.outcome)).toEqual(Array(5).fill('failure'))
  })
})
