import type { JobView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { expect, test } from 'vitest'
import { graphOf, neighbour } from './run-graph.ts'
import { axisMarks, waterfallOf } from './waterfall.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()

function job(key: string, needs: string[], ran: [number, number | null] | null, jobKey = key): JobView {
  return {
    id: key,
    key,
    jobKey,
    name: key,
    needs,
    status: ran === null ? 'queued' : ran[1] === null ? 'in_progress' : 'completed',
    conclusion: ran?.[1] == null ? null : 'success',
    attempt: 1,
    reason: null,
    startedAt: ran ? at(ran[0]) : null,
    completedAt: ran?.[1] == null ? null : at(ran[1]),
    steps: [],
  }
}

const jobs = [
  job('build', [], [1, 10]),
  job('lint', [], [1, 3]),
  job('test (1)', ['build'], [12, 20], 'test'),
  job('test (2)', ['build'], [12, 30], 'test'),
  job('pack', ['build', 'lint'], [11, 14]),
  job('deploy', ['test', 'pack', 'build'], [30, null]),
]

test('jobs stand one column after what they need, legs of a matrix as one', () => {
  const graph = graphOf(jobs)
  expect(graph.nodes.map(({ key, layer, row, legs }) => [key, layer, row, legs.length])).toEqual([
    ['build', 0, 0, 1],
    ['lint', 0, 1, 1],
    ['test', 1, 0, 2],
    ['pack', 1, 1, 1],
    ['deploy', 2, 0, 1],
  ])
  expect(graph).toMatchObject({ layers: 3, rows: 2 })
})

test('a need that follows from another has no line', () => {
  const lines = graphOf(jobs).edges.map(({ from, to }) => `${from} ${to}`)
  expect(lines).toEqual(['build test', 'build pack', 'lint pack', 'test deploy', 'pack deploy'])
})

test('a ring ends, and a need of nothing is passed over', () => {
  const ring = [job('a', ['b'], null), job('b', ['a', 'gone'], null)]
  expect(graphOf(ring).nodes).toHaveLength(2)
  expect(graphOf([])).toMatchObject({ nodes: [], rows: 0 })
})

test('arrow keys go along the lines and within a column', () => {
  const graph = graphOf(jobs)
  expect(neighbour(graph, 'build', 'right')).toBe('test')
  expect(neighbour(graph, 'deploy', 'left')).toBe('test')
  expect(neighbour(graph, 'test', 'down')).toBe('pack')
  expect(neighbour(graph, 'build', 'up')).toBe('build')
})

function run(of: JobView[]): RunDetail {
  return {
    id: 'r',
    number: 1,
    projectId: 'p',
    projectSlug: 'p',
    changeId: null,
    kind: 'manual',
    name: 'r',
    commit: '',
    ref: '',
    status: 'in_progress',
    conclusion: null,
    reason: null,
    createdAt: at(0),
    startedAt: at(0),
    completedAt: null,
    workflowFile: '',
    workflowText: '',
    workflowSource: 'repository',
    jobs: of,
  }
}

test('the critical path is what the end waited for, and waiting counts from when a job could start', () => {
  const { rows, axis } = waterfallOf(run(jobs), start + 40_000)
  expect(rows.filter((row) => row.critical).map((row) => row.job.key)).toEqual([
    'build',
    'test (2)',
    'deploy',
  ])
  const leg = rows.find((row) => row.job.key === 'test (1)')
  expect(leg?.wait).toEqual({ from: start + 10_000, to: start + 12_000 })
  expect(rows.at(-1)?.ran).toEqual({ from: start + 30_000, to: start + 40_000 })
  expect(axis).toEqual({ from: start, to: start + 40_000 })
})

test('what waits for a need has no wait of its own yet, what waits for a worker has', () => {
  const { rows } = waterfallOf(run([job('a', [], null), job('b', ['a'], null)]), start + 5000)
  expect(rows.map((row) => row.wait)).toEqual([{ from: start, to: start + 5000 }, null])
})

test('the axis has few marks at round times', () => {
  expect(axisMarks({ from: 0, to: 40_000 })).toEqual([
    0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000,
  ])
  for (const whole of [1000, 61_000, 3_600_000, 86_400_000]) {
    expect(axisMarks({ from: 0, to: whole }).length).toBeLessThanOrEqual(9)
  }
})

test('the jobs of a called workflow stand after the job that calls it, and what needs that one after them', () => {
  const calling = { ...job('a', ['build'], [10, 30]), calls: './.github/workflows/b.yml' }
  const inside = (key: string, needs: string[], ran: [number, number]) => {
    return {
      ...job(
        `a / ${key}`,
        needs.map((need) => `a / ${need}`),
        ran,
      ),
      calledBy: 'a',
    }
  }
  const all = [
    job('build', [], [1, 10]),
    calling,
    inside('one', [], [12, 20]),
    inside('two', ['one'], [20, 30]),
    job('last', ['a'], [31, 33]),
  ]
  const graph = graphOf(all)
  expect(graph.nodes.map(({ key, layer }) => [key, layer])).toEqual([
    ['build', 0],
    ['a', 1],
    ['a / one', 2],
    ['a / two', 3],
    ['last', 4],
  ])
  expect(graph.edges.map(({ from, to }) => `${from} > ${to}`)).toEqual([
    'build > a',
    'a > a / one',
    'a / one > a / two',
    'a / two > last',
  ])
})

test('the jobs that each leg of a matrix calls are one stack', () => {
  const leg = (value: string) => {
    const calling = { ...job(`a (${value})`, [], [1, 9], 'a'), calls: './.github/workflows/b.yml' }
    const name = `a (${value}) / one`
    return [calling, { ...job(name, [], [2, 9], name), calledBy: `a (${value})` }]
  }
  const graph = graphOf([...leg('x'), ...leg('y')])
  expect(graph.nodes.map(({ key, layer, legs }) => [key, layer, legs.length])).toEqual([
    ['a', 0, 2],
    ['a / one', 1, 2],
  ])
})

test('the critical path goes through the jobs of a called workflow and the one that called it', () => {
  const first = job('lint', [], [1, 2])
  const calling = { ...job('a', ['lint'], [2, 9]), calls: './.github/workflows/b.yml' }
  const deep = { ...job('a / b', [], [2, 9]), calledBy: 'a', calls: './.github/workflows/c.yml' }
  const slow = { ...job('a / b / slow', [], [3, 9]), calledBy: 'a / b' }
  const quick = { ...job('a / b / quick', [], [3, 4]), calledBy: 'a / b' }
  const jobs = [first, calling, deep, slow, quick, job('last', ['a'], [9, 10])]
  const { rows } = waterfallOf({ createdAt: at(0), jobs } as RunDetail, start + 20_000)
  expect(rows.filter((row) => row.critical).map((row) => row.job.key)).toEqual([
    'lint',
    'a',
    'a / b',
    'a / b / slow',
    'last',
  ])
})
