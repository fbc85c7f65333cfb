import { linkWorkflow } from '@signalbox/core/workflow/link-calls.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from './job-fixture.ts'
import type { JobResult } from './port.ts'
import { runWorkflow } from './run-workflow.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

interface Options {
  concurrency?: number
  cancelAt?: string
  /** Text before the jobs. */
  top?: string
  /** Files that are called, by their names. */
  called?: Record<string, string>
  secrets?: Record<string, string>
}

async function run(jobs: string, options: Options = {}) {
  const called = Object.entries(options.called ?? {}).map(([name, text]) => [
    `.github/workflows/${name}.yml`,
    text,
  ])
  const text = `on: push\n${options.top ?? ''}jobs:\n${jobs}`
  const { workflow, diagnostics } = linkWorkflow({ file: 'ci.yml', text }, Object.fromEntries(called))
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  const lines: string[] = []
  const ended: string[] = []
  const running = new Set<string>()
  let most = 0
  const cancel = new AbortController()
  const result = await runWorkflow(
    {
      ...fixture.request,
      id: fixture.newId(),
      workflow,
      secrets: options.secrets ?? {},
      concurrency: options.concurrency ?? 2,
    },
    fixture.dependencies,
    {
      job(key) {
        running.add(key)
        most = Math.max(most, running.size)
        return {
          async stepStarted() {},
          async log(_step, batch) {
            for (const line of batch) {
              lines.push(`${key}: ${line.text}`)
              if (line.text === options.cancelAt) cancel.abort()
            }
          },
          async stepCompleted() {},
        }
      },
      async jobCompleted(key: string, jobResult: JobResult) {
        running.delete(key)
        ended.push(`${key} ${jobResult.conclusion}`)
      },
    },
    cancel.signal,
  )
  return { result, lines, ended, most }
}

const base = 'runs-on: linux'

describe('runWorkflow', () => {
  it('runs jobs in the order of their needs with what they hand on, and only so many at once', async () => {
    const { result, lines, ended, most } = await run(`
  last: {${base}, needs: [a, b, c], steps: [{run: 'echo "\${{ needs.a.outputs.x }} \${{ needs.b.result }}"'}]}
  a: {${base}, outputs: {x: "\${{ steps.s.outputs.x }}"}, steps: [{id: s, run: echo x=42 >> $GITHUB_OUTPUT}]}
  b: {${base}, steps: [{run: 'true'}]}
  c: {${base}, steps: [{run: 'true'}]}
`)
    expect(result.conclusion).toBe('success')
    expect(lines).toEqual(['last: 42 success'])
    expect(ended.at(-1)).toBe('last success')
    expect(most).toBe(2)
  })

  it('goes on around a failure', async () => {
    const { result, ended } = await run(`
  a: {${base}, steps: [{run: exit 1}]}
  b: {${base}, needs: a, steps: [{run: 'true'}]}
  c: {${base}, needs: b, if: failure(), steps: [{run: 'true'}]}
`)
    expect(ended).toEqual(['a failure', 'b skipped', 'c success'])
    expect(result.conclusion).toBe('failure')
  })

  it('cancels what runs, does not start what waits, and runs what asks for it', async () => {
    const { result, ended, lines } = await run(
      `
  a: {${base}, steps: [{run: echo ready; sleep 1000}]}
  b: {${base}, needs: a, steps: [{run: echo b}]}
  c: {${base}, needs: a, if: always(), steps: [{run: 'echo c \${{ needs.a.result }}'}]}
`,
      { cancelAt: 'ready' },
    )
    expect(ended.toSorted()).toEqual(['a cancelled', 'b cancelled', 'c success'])
    expect(lines).toContain('c: c cancelled')
    expect(result.conclusion).toBe('cancelled')
  })

  it('makes a job of each combination of a matrix and waits for all of them', async () => {
    const { result, lines, most } = await run(
      `
  list: {${base}, outputs: {v: "\${{ steps.s.outputs.v }}"}, steps: [{id: s, run: 'echo "v=[1, 2]" >> $GITHUB_OUTPUT'}]}
  t:
    ${base}
    needs: list
    strategy:
      max-parallel: 1
      matrix:
        v: "\${{ fromJSON(needs.list.outputs.v) }}"
        include: [{v: 2, extra: x}]
    outputs: {last: "\${{ steps.s.outputs.last }}"}
    steps: [{id: s, run: 'echo "\${{ matrix.v }}\${{ matrix.extra }} \${{ strategy.job-index }}/\${{ strategy.job-total }}"; echo last=\${{ matrix.v }} >> $GITHUB_OUTPUT'}]
  end: {${base}, needs: t, steps: [{run: 'echo \${{ needs.t.outputs.last }}'}]}
`,
      { concurrency: 4 },
    )
    expect(result.conclusion).toBe('success')
    expect(lines).toEqual(['t (1): 1 0/2', 't (2, x): 2x 1/2', 'end: 2'])
    expect(most).toBe(1)
  })

  it('cancels the other jobs of a matrix when one fails; their always() steps run', async () => {
    const { result, ended, lines } = await run(
      `
  t:
    ${base}
    strategy: {matrix: {v: [sleep 1000, 'sleep 1; exit 1', echo no]}}
    steps: [{run: '\${{ matrix.v }}'}, {if: always(), run: echo end}]
`,
      { concurrency: 2 },
    )
    expect(result.conclusion).toBe('failure')
    expect(ended.toSorted()).toEqual([
      't (echo no) cancelled',
      't (sleep 1000) cancelled',
      't (sleep 1; exit 1) failure',
    ])
    expect(lines).toContain('t (sleep 1000): end')
  })

  it('of jobs that name one group one runs at a time, and a newer one replaces the one that waits', async () => {
    const { result, ended, most } = await run(
      `
  a: {${base}, concurrency: same, steps: [{run: echo}]}
  b: {${base}, concurrency: Same, steps: [{run: echo}]}
  c: {${base}, concurrency: SAME, steps: [{run: echo}]}
  after: {${base}, needs: b, if: always(), steps: [{run: 'test \${{ needs.b.result }} = cancelled'}]}
`,
      { concurrency: 4 },
    )
    expect(result.jobs['b']).toMatchObject({
      conclusion: 'cancelled',
      reason: 'It waited in the group SAME, and the job c took its place.',
    })
    expect(result.jobs['after']).toMatchObject({ conclusion: 'success' })
    expect(ended.indexOf('a success')).toBeLessThan(ended.indexOf('c success'))
    expect(most).toBe(2)
  })

  it('cancel-in-progress ends the job that runs, which says in favour of whom', async () => {
    const { result } = await run(
      `
  a: {${base}, concurrency: same, steps: [{run: sleep 60}]}
  b: {${base}, concurrency: {group: same, cancel-in-progress: true}, steps: [{run: echo}]}
`,
      { concurrency: 1 },
    )
    expect(result.jobs['a']).toMatchObject({
      conclusion: 'cancelled',
      reason: 'It was cancelled in favour of the job b of the group same (cancel-in-progress).',
    })
    expect(result.jobs['b']).toMatchObject({ conclusion: 'success' })
  })
})

describe('a job that calls a workflow', () => {
  it('runs the jobs of a called workflow: typed inputs, no env of the caller, outputs back', async () => {
    const called = `
on:
  workflow_call:
    inputs: {fast: {type: boolean}, name: {type: string, default: nobody}}
    outputs: {o: {value: "\${{ jobs.build.outputs.x }}"}}
env: {OWN: own}
jobs:
  build:
    ${base}
    outputs: {x: "\${{ steps.s.outputs.x }}"}
    steps:
      - run: echo "\${{ toJSON(inputs) == '' }} [$SEEN] $OWN \${{ github.event_name }} \${{ inputs.name }} $GITHUB_WORKFLOW"
      - if: inputs.fast == false
        id: s
        run: echo "x=slow" >> "$GITHUB_OUTPUT"
`
    const { result, lines, ended } = await run(
      `
  a: {uses: ./.github/workflows/b.yml, with: {fast: false, name: me}}
  last: {${base}, needs: a, steps: [{run: 'echo "\${{ needs.a.outputs.o }} \${{ needs.a.result }} $SEEN"'}]}
`,
      { top: 'name: Caller\nenv: {SEEN: seen}\n', called: { b: called } },
    )
    expect(lines).toEqual(['a / build: false [] own push me Caller', 'last: slow success seen'])
    expect(ended).toEqual(['a / build success', 'a success', 'last success'])
    expect(result.jobs['a']?.outputs).toEqual({ o: 'slow' })
  })

  it('hands on only the secrets that a call names, or all of them by inherit, masked', async () => {
    const say = 'echo "${{ secrets.token }} ${{ secrets.OTHER }}" | rev'
    const leaf = `
on: {workflow_call: {secrets: {token: }}}
jobs: {x: {${base}, steps: [{run: '${say}'}, {run: 'echo "\${{ secrets.token }}"'}]}}
`
    const through = `
on: {workflow_call: {secrets: {token: }}}
jobs: {deep: {uses: ./.github/workflows/leaf.yml, secrets: inherit}}
`
    const { lines } = await run(
      `
  one: {uses: ./.github/workflows/leaf.yml, secrets: {token: "\${{ secrets.MINE }}"}}
  all: {needs: one, uses: ./.github/workflows/through.yml, secrets: inherit}
  none: {needs: all, uses: ./.github/workflows/leaf.yml}
`,
      { called: { leaf, through }, secrets: { MINE: 'mine!', TOKEN: 'tokk!', OTHER: 'other' } },
    )
    expect(lines).toEqual([
      'one / x:  !enim',
      'one / x: ***',
      'all / deep / x: rehto !kkot',
      'all / deep / x: ***',
      'none / x:  ',
      'none / x: ',
    ])
  })

  it('is called once for each combination of a matrix, and stops the others when one fails', async () => {
    const b = `
on: {workflow_call: {inputs: {v: {type: string}}}}
jobs:
  one: {${base}, steps: [{run: '\${{ inputs.v }}'}, {if: always(), run: echo end}]}
  two: {${base}, needs: one, steps: [{run: echo two}]}
  tidy: {${base}, needs: one, if: always(), steps: [{run: echo tidy}]}
`
    const { result, ended, lines } = await run(
      `
  a:
    uses: ./.github/workflows/b.yml
    strategy: {matrix: {v: [sleep 1000, 'sleep 1; exit 1']}}
    with: {v: "\${{ matrix.v }}"}
`,
      { concurrency: 4, called: { b } },
    )
    expect(result.conclusion).toBe('failure')
    expect(ended.toSorted()).toEqual([
      'a (sleep 1000) / one cancelled',
      'a (sleep 1000) / tidy success',
      'a (sleep 1000) / two cancelled',
      'a (sleep 1000) cancelled',
      'a (sleep 1; exit 1) / one failure',
      'a (sleep 1; exit 1) / tidy success',
      'a (sleep 1; exit 1) / two skipped',
      'a (sleep 1; exit 1) failure',
    ])
    expect(lines).toContain('a (sleep 1000) / one: end')
  })

  it('is cancelled with the run: what asked for it still runs', async () => {
    const b = `
on: workflow_call
jobs:
  one: {${base}, steps: [{run: echo ready; sleep 1000}]}
  tidy: {${base}, needs: one, if: cancelled(), steps: [{run: echo tidy}]}
`
    const { result, ended } = await run(`  a: {uses: ./.github/workflows/b.yml}\n`, {
      called: { b },
      cancelAt: 'ready',
    })
    expect(ended).toEqual(['a / one cancelled', 'a / tidy success', 'a cancelled'])
    expect(result.conclusion).toBe('cancelled')
  })
})
