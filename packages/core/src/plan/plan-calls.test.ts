import { describe, expect, it } from 'vitest'
import { linkWorkflow } from '../workflow/link-calls.ts'
import type { Workflow } from '../workflow/model.ts'
import { sceneAt } from './call-scene.ts'
import { jobPath } from './job-path.ts'
import type { CallPath, JobConclusion, JobState, LegState, PlanOptions } from './job-state.ts'
import { type Plan, planJobs } from './plan-jobs.ts'

const base = 'runs-on: linux, steps: [{run: x}]'

/** A workflow with these jobs, and files beside it by their names. */
function read(jobs: string, files: Record<string, string> = {}): Workflow {
  const texts = Object.entries(files).map(([name, text]) => [`.github/workflows/${name}.yml`, text])
  const text = `on: push\njobs:\n${jobs}`
  const { workflow, diagnostics } = linkWorkflow({ file: 'ci.yml', text }, Object.fromEntries(texts))
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return workflow
}

const called = (jobs: string, declared = '') => `on:\n  workflow_call:\n${declared}\njobs:\n${jobs}`
const uses = (name: string) => `uses: ./.github/workflows/${name}.yml`

type Place = { calls?: CallPath; key: string; leg?: number }

/** A run that does what its plan says: each job ends as `ends` says by its path, at once or never. */
function simulate(
  workflow: Workflow,
  ends: (path: string) => { conclusion: JobConclusion; outputs?: Record<string, string> } | undefined,
  options: PlanOptions = {},
) {
  const states: Record<string, JobState | undefined> = {}
  const log: string[] = []
  const level = (calls: CallPath = []) => calls.reduce((of, step) => at(of, step)?.call?.jobs ?? {}, states)
  const at = (of: typeof states, { key, leg }: Place): LegState | undefined =>
    leg === undefined ? of[key] : of[key]?.legs?.states[leg]
  const put = (place: Place, state: LegState) => {
    const known = at(level(place.calls), place)
    if (known) Object.assign(known, state)
    else level(place.calls)[place.key] = state
  }
  let clock = 0
  const end = (place: Place, conclusion: JobConclusion, outputs = {}) => {
    log.push(`${jobPath(states, place)} ${conclusion}`)
    put(place, { status: 'completed', conclusion, outputs, completedAt: ++clock })
  }
  const reasons: Record<string, string> = {}
  for (let round = 0; round < 100; round++) {
    const plan: Plan = planJobs(workflow, states, options)
    for (const settled of plan.settle) {
      reasons[jobPath(states, settled)] = settled.reason
      end(settled, settled.conclusion)
    }
    for (const closed of plan.close) {
      if (closed.reason) reasons[jobPath(states, closed)] = closed.reason
      end(closed, closed.conclusion, closed.outputs)
    }
    let moved = plan.expand.length + plan.open.length > 0
    for (const { strategy, ...place } of plan.expand) {
      const legs = strategy.combinations.map((combination) => ({ status: 'queued' as const, combination }))
      level(place.calls)[place.key] = { status: 'in_progress', legs: { ...strategy, states: legs } }
    }
    for (const { inputs, ...place } of plan.open)
      put(place, { status: 'in_progress', call: { inputs, jobs: {} } })
    for (const place of plan.cancel) {
      const state = at(level(place.calls), place)
      if (!state || state.cancelRequested) continue
      moved = true
      state.cancelRequested = true
      if (!state.call) end(place, 'cancelled')
    }
    for (const start of plan.start) {
      const result = ends(jobPath(states, start))
      put(start, { status: 'in_progress' })
      if (!result) continue
      moved = true
      end(start, result.conclusion, result.outputs)
    }
    if (plan.complete) return { log, states, conclusion: plan.conclusion, reasons, plan }
    if (!moved) return { log, states, conclusion: undefined, reasons, plan }
  }
  throw new Error('the run never ends')
}

const well = () => ({ conclusion: 'success' as const })

describe('a called workflow', () => {
  it('runs its jobs in order, under the name of its caller, and hands back its outputs', () => {
    const workflow = read(
      `  first: {${base}}
  a: {needs: first, ${uses('b')}}
  last: {needs: a, ${base}}\n`,
      {
        b: called(
          `  build: {${base}}\n  test: {needs: build, ${base}}`,
          '    outputs: {o: {value: "${{ jobs.build.outputs.x }} ${{ jobs.test.result }}"}}',
        ),
      },
    )
    const ends = (path: string) => {
      const outputs: Record<string, string> = path === 'a / build' ? { x: '42' } : {}
      return { conclusion: 'success' as const, outputs }
    }
    const { log, conclusion, states } = simulate(workflow, ends)
    expect(log).toEqual([
      'first success',
      'a / build success',
      'a / test success',
      'a success',
      'last success',
    ])
    expect(states['a']?.outputs).toEqual({ o: '42 success' })
    expect(conclusion).toBe('success')
  })

  it('is as deep as its calls: names and results go through all of them', () => {
    const workflow = read(`  a: {${uses('b')}}\n  z: {needs: a, ${base}}\n`, {
      b: called(`  b: {${uses('c')}}\n  after: {needs: b, ${base}}`),
      c: called(`  c: {${base}}`),
    })
    expect(simulate(workflow, well).log).toEqual([
      'a / b / c success',
      'a / b success',
      'a / after success',
      'a success',
      'z success',
    ])
    const failed = simulate(workflow, () => ({ conclusion: 'failure' }))
    expect(failed.log.toSorted()).toEqual(
      ['a / b / c failure', 'a / b failure', 'a / after skipped', 'a failure', 'z skipped'].toSorted(),
    )
    expect(failed.conclusion).toBe('failure')
  })

  it('does not begin when its caller is skipped', () => {
    const workflow = read(`  a: {if: "false", ${uses('b')}}\n  z: {needs: a, ${base}}\n`, {
      b: called(`  build: {${base}}`),
    })
    const { log, conclusion } = simulate(workflow, well)
    expect(log).toEqual(['a skipped', 'z skipped'])
    expect(conclusion).toBe('skipped')
  })

  it('looks with its status functions at its own jobs only', () => {
    const workflow = read(`  bad: {${base}}\n  a: {needs: bad, if: always(), ${uses('b')}}\n`, {
      b: called(`  x: {if: failure(), ${base}}\n  y: {if: success(), ${base}}`),
    })
    const { log } = simulate(workflow, (path) => ({ conclusion: path === 'bad' ? 'failure' : 'success' }))
    expect(log).toEqual(['bad failure', 'a / x skipped', 'a / y success', 'a success'])
  })

  it('comes to what its jobs come to: skipped when all were, failed when its outputs cannot be had', () => {
    const skips = read(`  a: {${uses('b')}}\n`, { b: called(`  x: {if: "false", ${base}}`) })
    expect(simulate(skips, well).log).toEqual(['a / x skipped', 'a skipped'])
    const broken = read(`  a: {${uses('b')}}\n`, {
      b: called(`  x: {${base}}`, '    outputs: {o: {value: "${{ fromJSON(jobs.x.outputs.none) }}"}}'),
    })
    const { log, reasons } = simulate(broken, well)
    expect(log).toEqual(['a / x success', 'a failure'])
    expect(reasons['a']).toMatch(/^outputs: /)
  })

  it('sees the event and the variables of its caller, and its own inputs instead of the caller’s', () => {
    const workflow = read(`  a: {${uses('b')}, with: {name: "x-\${{ github.ref }}"}}\n`, {
      b: called(
        `  yes: {if: "inputs.name == 'x-main' && vars.v == '1' && inputs.top == null", ${base}}`,
        '    inputs: {name: {type: string}}',
      ),
    })
    const contexts = { github: { ref: 'main' }, vars: { v: '1' }, inputs: { top: 'seen' } }
    expect(simulate(workflow, well, { contexts }).log).toEqual(['a / yes success', 'a success'])
  })
})

describe('inputs', () => {
  const declared = `    inputs:
      text: {type: string}
      flag: {type: boolean, default: true}
      count: {type: number}
      given: {type: string, default: "\${{ github.ref }}!"}`

  function inputsOf(given: string, needs: Record<string, string> = {}) {
    const workflow = read(`  n: {${base}}\n  a: {needs: n, ${uses('b')}, with: {${given}}}\n`, {
      b: called(`  x: {${base}}`, declared),
    })
    const options = { contexts: { github: { ref: 'main' } } }
    const run = simulate(
      workflow,
      (path) => (path === 'n' ? { conclusion: 'success', outputs: needs } : undefined),
      options,
    )
    return { inputs: run.states['a']?.call?.inputs, reason: run.reasons['a'] }
  }

  it('have the type that the called workflow declares, given or by default', () => {
    expect(inputsOf('').inputs).toEqual({ text: '', flag: true, count: 0, given: 'main!' })
    expect(inputsOf('text: 1.50, flag: false, count: 3, given: ""').inputs).toEqual({
      text: '1.5',
      flag: false,
      count: 3,
      given: '',
    })
    const made = 'flag: "${{ needs.n.outputs.f == \'yes\' }}", count: "${{ fromJSON(needs.n.outputs.c) }}"'
    expect(inputsOf(made, { f: 'yes', c: '7' }).inputs).toMatchObject({ flag: true, count: 7 })
  })

  it('of another type fail the caller, which says so', () => {
    const { inputs, reason } = inputsOf('flag: "${{ needs.n.outputs.f }}"', { f: 'true' })
    expect(inputs).toBeUndefined()
    expect(reason).toBe('with: the input flag is a boolean and was given the string "true"')
  })
})

describe('a matrix of calls', () => {
  const matrix = (more = '') =>
    `  a:\n    ${uses('b')}\n    strategy: {matrix: {v: [x, y]}${more}}\n    with: {v: "\${{ matrix.v }}"}\n  z: {needs: a, ${base}}\n`
  const b = called(
    `  one: {${base}}\n  two: {needs: one, ${base}}\n  end: {needs: two, if: always(), ${base}}`,
    '    inputs: {v: {type: string}}\n    outputs: {o: {value: "${{ inputs.v }}"}}',
  )

  it('calls once for each combination; the outputs of the last one count', () => {
    const { log, states } = simulate(read(matrix(', max-parallel: 1'), { b }), well)
    expect(log).toEqual([
      ...['a (x) / one', 'a (x) / two', 'a (x) / end', 'a (x)'].map((name) => `${name} success`),
      ...['a (y) / one', 'a (y) / two', 'a (y) / end', 'a (y)'].map((name) => `${name} success`),
      'z success',
    ])
    expect(states['a']?.legs?.states.map((leg) => leg.call?.inputs)).toEqual([{ v: 'x' }, { v: 'y' }])
  })

  it('stops the other calls when one fails: what runs is cancelled, what is to run in any case does', () => {
    const { log, conclusion } = simulate(read(matrix(), { b }), (path) => {
      if (path === 'a (y) / one') return undefined
      return { conclusion: path === 'a (x) / two' ? 'failure' : 'success' }
    })
    expect(log).toContain('a (y) / one cancelled')
    expect(log).toContain('a (y) / two cancelled')
    expect(log).toContain('a (y) / end success')
    expect(log.slice(-2).toSorted()).toEqual(['a (y) cancelled', 'z skipped'])
    expect(conclusion).toBe('failure')
  })

  it('does not stop them without fail-fast', () => {
    const { log } = simulate(read(matrix(', fail-fast: false'), { b }), (path) => ({
      conclusion: path === 'a (x) / one' ? 'failure' : 'success',
    }))
    expect(log).toContain('a (x) failure')
    expect(log).toContain('a (y) success')
  })

  it('fails by a leg whose inputs do not fit', () => {
    const workflow = read(
      `  a:\n    ${uses('b')}\n    strategy: {matrix: {v: [1, no, 2]}}\n    with: {v: "\${{ matrix.v }}"}\n`,
      { b: called(`  one: {${base}}`, '    inputs: {v: {type: number}}') },
    )
    const { log, reasons } = simulate(workflow, well)
    expect(log.toSorted()).toEqual(['a (1) cancelled', 'a (2) cancelled', 'a (no) failure'])
    expect(reasons['a (no)']).toContain('is a number and was given the string "no"')
  })
})

describe('a cancelled run', () => {
  it('starts nothing in what was called but what wants to run then', () => {
    const workflow = read(`  a: {${uses('b')}}\n`, {
      b: called(`  one: {${base}}\n  two: {needs: one, ${base}}\n  end: {needs: one, if: always(), ${base}}`),
    })
    const jobs = { one: { status: 'completed' as const, conclusion: 'cancelled' as const } }
    const states = { a: { status: 'in_progress' as const, call: { inputs: {}, jobs } } }
    const plan = planJobs(workflow, states, { cancelled: true })
    expect(plan.start.map(({ key }) => key)).toEqual(['end'])
    expect(plan.settle).toMatchObject([{ key: 'two', conclusion: 'cancelled', calls: [{ key: 'a' }] }])
    expect(plan.cancel).toEqual([])
  })
})

describe('secrets', () => {
  const leaf = called(`  x: {${base}}`, '    secrets: {token: }')
  const at = (workflow: Workflow, calls: CallPath) => {
    const { states } = simulate(workflow, () => undefined)
    const root = { workflow, states, contexts: {}, secrets: { TOKEN: 't', OTHER: 'o' } }
    return sceneAt(root, calls).secrets
  }

  it('are those that are handed on, by the names of the called workflow', () => {
    const workflow = read(`  a: {${uses('b')}, secrets: {token: "\${{ secrets.TOKEN }}"}}\n`, { b: leaf })
    expect(at(workflow, [{ key: 'a' }])).toEqual({ token: 't' })
    expect(at(read(`  a: {${uses('b')}}\n`, { b: called(`  x: {${base}}`) }), [{ key: 'a' }])).toEqual({})
  })

  it('are all of the caller’s by inherit, which can be passed on and is no more than the caller had', () => {
    const through = called(`  b: {${uses('c')}, secrets: inherit}`, '    secrets: {one: }')
    const all = read(`  a: {${uses('b')}, secrets: inherit}\n`, { b: through, c: leaf })
    expect(at(all, [{ key: 'a' }, { key: 'b' }])).toEqual({ TOKEN: 't', OTHER: 'o' })
    const one = read(`  a: {${uses('b')}, secrets: {one: "\${{ secrets.OTHER }}"}}\n`, {
      b: through,
      c: leaf,
    })
    expect(at(one, [{ key: 'a' }, { key: 'b' }])).toEqual({ one: 'o' })
  })
})

describe('bounds', () => {
  it('a run has at most 5,000 jobs, however calls multiply', () => {
    const ten = (name: string) => Array.from({ length: 10 }, (_, i) => `  j${i}: {${uses(name)}}`).join('\n')
    const files = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [`b${i}`, called(i === 5 ? `  x: {${base}}` : ten(`b${i + 1}`))]),
    )
    const { states, reasons } = simulate(read(`${ten('b0')}\n`, files), () => undefined)
    expect(countJobs(states)).toBeLessThan(20_000)
    expect(Object.values(reasons)[0]).toBe('with what it calls the run would have more than 5000 jobs')
  })

  it('plans 1,000 jobs in called workflows in less than 50 ms', () => {
    const jobs = Array.from({ length: 100 }, (_, i) => `  x${i}: {needs: [${i ? `x${i - 1}` : ''}], ${base}}`)
    const callers = Array.from({ length: 10 }, (_, i) => `  a${i}: {${uses('b')}}`)
    const workflow = read(`${callers.join('\n')}\n`, { b: called(jobs.join('\n')) })
    const { states } = simulate(workflow, (path) => (path.endsWith('x50') ? undefined : well()))
    const times = Array.from({ length: 5 }, () => {
      const from = performance.now()
      planJobs(workflow, states)
      return performance.now() - from
    })
    expect(Math.min(...times)).toBeLessThan(50)
  })

  it('values of a matrix cannot be taken for a job inside', () => {
    const workflow = read(`  a:\n    ${uses('b')}\n    strategy: {matrix: {v: ["a) / b (c", a]}}\n`, {
      b: called(`  b:\n    strategy: {matrix: {v: [c]}}\n    ${base.replace(', ', '\n    ')}`),
    })
    const { log } = simulate(workflow, well)
    expect(new Set(log).size).toBe(log.length)
  })
})

function countJobs(states: Record<string, JobState | undefined>): number {
  return Object.values(states).reduce((sum, state) => {
    const inside = [state, ...(state?.legs?.states ?? [])].map((one) => countJobs(one?.call?.jobs ?? {}))
    return sum + 1 + inside.reduce((a, b) => a + b, 0)
  }, 0)
}
