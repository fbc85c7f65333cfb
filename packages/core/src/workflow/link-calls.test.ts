import { describe, expect, it } from 'vitest'
import { Failure } from '../base/failure.ts'
import { calledUse } from './call-uses.ts'
import { linkWorkflow, loadWorkflow } from './link-calls.ts'

const file = '.github/workflows/ci.yml'
const step = 'runs-on: linux, steps: [{run: x}]'

/** The workflow's diagnostics as `file:line: code message`, with these files beside it. */
function told(text: string, files: Record<string, string> = {}) {
  const texts = Object.fromEntries(
    Object.entries(files).map(([name, of]) => [`.github/workflows/${name}`, of]),
  )
  const { workflow, diagnostics } = linkWorkflow({ file, text }, texts)
  const said = diagnostics.map((d) => `${d.file.split('/').pop()}:${d.start.line}: ${d.code} ${d.message}`)
  return { workflow, said }
}

const call = (more = '', name = 'b.yml') =>
  `on: push\njobs:\n  a:\n    uses: ./.github/workflows/${name}\n${more.replace(/^/gm, '    ')}\n`
const callee = (declared: string) => `on: {workflow_call: ${declared}}\njobs: {build: {${step}}}\n`

describe('a job that calls a workflow', () => {
  it('has the workflow of the file that it names, and so on', () => {
    const nested = `on: workflow_call\njobs: {c: {uses: ./.signalbox/workflows/c.yaml}}\n`
    const { workflow } = linkWorkflow(
      { file, text: call() },
      { '.github/workflows/b.yml': nested, '.signalbox/workflows/c.yaml': callee('') },
    )
    const called = workflow?.jobs[0]?.call?.workflow
    expect(called?.file).toBe('.github/workflows/b.yml')
    expect(called?.jobs[0]?.call?.workflow?.jobs[0]?.key).toBe('build')
  })

  it('may name a file of another repository, whose own files are meant from there on', () => {
    const name = 'team/shared/.github/workflows/x.yml@v1'
    expect(calledUse(name, file)).toEqual({
      name,
      file: '.github/workflows/x.yml',
      repository: 'team/shared',
      ref: 'v1',
    })
    expect(calledUse('./.github/workflows/y.yml', name)?.name).toBe('team/shared/.github/workflows/y.yml@v1')
  })

  it.each([
    './.github/workflows/deep/x.yml',
    './.github/workflows/../x.yml',
    './.github/actions/x.yml',
    './.github/workflows/x.yml@main',
    '.github/workflows/x.yml',
    './.github/workflows/x.json',
    'team/shared/.github/workflows/x.yml',
    'actions/checkout@v4',
  ])('cannot name %s', (uses) => {
    const { said } = told(`on: push\njobs: {a: {uses: ${uses}}}\n`)
    expect(said).toEqual([`ci.yml:2: invalid-uses ${uses} names no workflow file`])
  })

  it('may have no keys of steps, and the others no keys of a call', () => {
    const { said } = told(
      `on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n    runs-on: linux\n    env: {A: b}\n    steps: [{run: x}]\n    continue-on-error: true\n  b:\n    runs-on: linux\n    with: {a: 1}\n    secrets: inherit\n    steps: [{run: x}]\n`,
      { 'b.yml': callee('') },
    )
    expect(said.map((line) => line.replace(/ job .*/, ' job'))).toEqual([
      'ci.yml:5: misplaced-key runs-on cannot stand in a job',
      'ci.yml:6: misplaced-key env cannot stand in a job',
      'ci.yml:7: misplaced-key steps cannot stand in a job',
      'ci.yml:8: misplaced-key continue-on-error cannot stand in a job',
      'ci.yml:11: misplaced-key with of a job',
      'ci.yml:12: misplaced-key secrets of a job',
    ])
  })
})

describe('what is known before anything runs', () => {
  it('a file that is not there, that is no workflow to be called, or is wrong itself', () => {
    expect(told(call()).said).toEqual(['ci.yml:4: unknown-workflow there is no file .github/workflows/b.yml'])
    const own = `on: push\njobs: {build: {${step}}}\n`
    expect(told(call(), { 'b.yml': own }).said).toEqual([
      'ci.yml:4: not-callable .github/workflows/b.yml cannot be called: it has no on.workflow_call',
    ])
    const wrong = 'on: workflow_call\njobs:\n  build:\n    steps: [{run: x}]\n'
    const { workflow, said } = told(call(), { 'b.yml': wrong })
    expect(said).toEqual(['b.yml:3: missing-key runs-on is missing in the job build'])
    expect(workflow).toBeUndefined()
  })

  it('inputs that are strange, missing or of another type', () => {
    const declared =
      '{inputs: {name: {type: string, required: true}, fast: {type: boolean}, count: {type: number}}}'
    const given = "with:\n  nmae: a\n  fast: 'true'\n  count: many"
    expect(told(call(given), { 'b.yml': callee(declared) }).said).toEqual([
      'ci.yml:4: missing-input .github/workflows/b.yml needs the input name',
      'ci.yml:6: unknown-input .github/workflows/b.yml has no input nmae',
      'ci.yml:7: wrong-type the input fast of .github/workflows/b.yml is a boolean',
      'ci.yml:8: wrong-type the input count of .github/workflows/b.yml is a number',
    ])
    const fine = 'with: {NAME: 1, fast: false, count: "${{ fromJSON(vars.COUNT) }}"}'
    expect(told(call(fine), { 'b.yml': callee(declared) }).said).toEqual([])
  })

  it('secrets that are not declared or missing, but for those that are inherited', () => {
    const declared = '{secrets: {token: {required: true}, other: }}'
    const files = { 'b.yml': callee(declared) }
    expect(told(call('secrets: {key: "${{ secrets.KEY }}"}'), files).said).toEqual([
      'ci.yml:4: missing-secret .github/workflows/b.yml needs the secret token',
      'ci.yml:5: unknown-secret .github/workflows/b.yml declares no secret key',
    ])
    expect(told(call(), files).said).toHaveLength(1)
    expect(told(call('secrets: inherit'), files).said).toEqual([])
    expect(told(call('secrets: all'), files).said[0]).toContain('secrets must be a mapping, or inherit')
  })

  it('a circle, with its chain', () => {
    const to = (name: string) => `on: workflow_call\njobs: {a: {uses: ./.github/workflows/${name}}}\n`
    expect(told(call(), { 'b.yml': to('c.yml'), 'c.yml': to('b.yml') }).said).toEqual([
      'c.yml:2: call-cycle the workflow calls itself: .github/workflows/b.yml → .github/workflows/c.yml → .github/workflows/b.yml',
    ])
    expect(told(to('ci.yml')).said[0]).toContain('call-cycle')
  })

  it('more than ten levels', () => {
    const files = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          i === 0 ? 'b.yml' : `b${i}.yml`,
          i === count - 1
            ? callee('')
            : `on: workflow_call\njobs: {a: {uses: ./.github/workflows/b${i + 1}.yml}}\n`,
        ]),
      )
    expect(told(call(), files(9)).said).toEqual([])
    expect(told(call(), files(10)).said).toHaveLength(1)
    expect(told(call(), files(10)).said[0]).toContain('too-many-levels 11 workflows call each other')
  })

  it('more than fifty files', async () => {
    const jobs = (count: number) =>
      Array.from({ length: count }, (_, i) => `  j${i}: {uses: ./.github/workflows/f${i}.yml}\n`).join('')
    const load = (count: number) =>
      loadWorkflow({ file, text: `on: push\njobs:\n${jobs(count)}` }, async () => callee(''))
    expect((await load(50)).diagnostics).toEqual([])
    const { diagnostics } = await load(60)
    expect(diagnostics.map((d) => d.code)).toEqual(Array.from({ length: 10 }, () => 'too-many-workflows'))
  })

  it('what workflow_call declares', () => {
    const declared = `on:
  workflow_call:
    inputs:
      a: {}
      b: {type: choice}
      c: {type: number, default: many}
      d: {type: string, requierd: true}
    outputs:
      o: {description: nothing}
    secretz: {}
jobs: {build: {${step}}}
`
    expect(told(declared).said.map((line) => line.replace(/ \S*:.*/, ''))).toEqual([
      'ci.yml:4: missing-key the input a has no type',
      'ci.yml:5: unexpected-value choice is not a type of an input of workflow_call',
      'ci.yml:6: wrong-type the default of c is no number',
      'ci.yml:7: unknown-key requierd is not a key of an input',
      'ci.yml:9: missing-key the output o has no value',
      'ci.yml:10: unknown-key secretz is not a key of workflow_call',
    ])
  })
})

it('loadWorkflow reads each file once, and says what a source could not give', async () => {
  const asked: string[] = []
  const text = `on: push\njobs:\n  a: {uses: ./.github/workflows/b.yml}\n  b: {uses: ./.github/workflows/b.yml}\n  c: {uses: team/x/.github/workflows/y.yml@v1}\n`
  const { diagnostics, called, workflow } = await loadWorkflow({ file, text }, async (use) => {
    asked.push(use.name)
    if (use.repository) throw new Failure('unknown-workflow', 'no way there', { hint: 'go on foot' })
    return callee('')
  })
  expect(asked).toEqual(['.github/workflows/b.yml', 'team/x/.github/workflows/y.yml@v1'])
  expect(called['.github/workflows/b.yml']).toBe(callee(''))
  expect(diagnostics).toMatchObject([{ message: 'no way there', hint: 'go on foot', start: { line: 5 } }])
  expect(workflow).toBeUndefined()
})
