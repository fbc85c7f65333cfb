import type {
  EgressRequest,
  JobView,
  LogLineView,
  RunDetail,
  RunSummary,
  StepView,
} from '@signalbox/core/contract/views/runs.ts'
import { resultsOf } from './fixture-results.ts'
import { before, fixtureCommit, fixtureId } from './ids.ts'

type End = 'success' | 'failure' | null

export const workflowText = `# Made from the project's settings.
name: validate
on: pull_request
jobs:
  validate:
    runs-on: sandbox
    timeout-minutes: 30
    steps:
      - name: Check out
        uses: actions/checkout@v4
      - name: Install
        run: npm ci
      - name: Test
        run: npm test
      - name: Start
        uses: signalbox/start-app@v1
        with:
          command: npm start
          port: 3000
          health: /health
`

const stepNames = ['Set up job', 'Check out', 'Install', 'Test', 'Start', 'Health check', 'Tear down']

function steps(end: End, startedAgo: number): StepView[] {
  const stopsAt = end === 'failure' ? 4 : end === null ? 4 : stepNames.length + 1
  return stepNames.map((name, index) => {
    const number = index + 1
    const done = number < stopsAt || (end === 'failure' && number === stopsAt)
    const moving = end === null && number === stopsAt
    const failed = end === 'failure' && number === stopsAt
    const skipped = end === 'failure' && number > stopsAt
    return {
      number,
      name,
      status: done || skipped ? 'completed' : moving ? 'in_progress' : 'queued',
      outcome: failed ? 'failure' : skipped ? 'skipped' : done ? 'success' : null,
      conclusion: failed ? 'failure' : skipped ? 'skipped' : done ? 'success' : null,
      exitCode: failed ? 1 : done ? 0 : null,
      reason: null,
      startedAt: done || moving ? before(startedAgo - index * 1.4) : null,
      completedAt: done ? before(startedAgo - index * 1.4 - 1.3) : null,
    }
  })
}

export function job(number: number, end: End, startedAgo: number): JobView {
  return {
    id: fixtureId('job', number),
    key: 'validate',
    name: 'validate',
    needs: [],
    status: end === null ? 'in_progress' : 'completed',
    conclusion: end,
    attempt: 1,
    reason: null,
    startedAt: before(startedAgo),
    completedAt: end === null ? null : before(startedAgo - 11),
    steps: steps(end, startedAgo),
  }
}

export function run(
  number: number,
  kind: RunSummary['kind'],
  end: End,
  startedAgo: number,
  change = 4,
): RunSummary {
  const names = {
    agent: 'Agent works',
    validation: 'Validate',
    deploy: 'Deploy to production',
    manual: 'nightly',
    event: 'CI',
  }
  return {
    id: fixtureId('run', number),
    number,
    projectId: fixtureId('project', 1),
    projectSlug: 'sample',
    changeId: kind === 'manual' ? null : fixtureId('change', change),
    kind,
    name: names[kind],
    commit: fixtureCommit(number),
    ref: `refs/heads/signalbox/${change}-greeting`,
    status: end === null ? 'in_progress' : 'completed',
    conclusion: end,
    reason: end === 'failure' ? 'The step “Test” failed with exit code 1.' : null,
    createdAt: before(startedAgo + 1),
    startedAt: before(startedAgo),
    completedAt: end === null ? null : before(startedAgo - 11),
  }
}

export const runs: RunSummary[] = [
  { ...run(32, 'manual', null, 2), status: 'queued', startedAt: null },
  run(31, 'validation', null, 6, 7),
  run(30, 'agent', 'success', 30, 7),
  run(29, 'deploy', 'failure', 400, 5),
  run(28, 'validation', 'success', 440, 5),
  run(27, 'agent', 'success', 470, 5),
  run(26, 'manual', 'success', 900),
  run(25, 'deploy', 'success', 1200, 4),
  run(24, 'validation', 'success', 1220, 4),
  run(23, 'agent', 'success', 1240, 4),
  run(22, 'validation', 'failure', 1260, 4),
  run(21, 'agent', 'success', 1280, 4),
  ...Array.from({ length: 14 }, (_, index) =>
    run(
      20 - index,
      index % 3 ? 'validation' : 'agent',
      index % 5 ? 'success' : 'failure',
      4000 + index * 5000,
      3,
    ),
  ),
]

export function runDetail(id: string): RunDetail | null {
  const found = runs.find((each) => each.id === id)
  if (!found) return null
  const end = found.conclusion === 'failure' ? 'failure' : found.conclusion === 'success' ? 'success' : null
  const age = (Date.now() - Date.parse(found.startedAt ?? found.createdAt)) / 1000
  const jobs =
    found.status === 'queued'
      ? []
      : found.number === 26 || found.number === 31
        ? manyJobs(found.number, age)
        : found.number === 24
          ? callingJobs(age)
          : [job(found.number, end, age)]
  return {
    ...found,
    workflowFile: '.signalbox/workflows/validate.yml',
    workflowText,
    workflowSource: 'generated',
    ...(found.number === 26 || found.number === 22 ? resultsOf(found.number, jobs[0]?.key ?? '') : {}),
    jobs,
  }
}

const esc = '\u001b['

/** A run with needs, a matrix and a job that waited. */
function manyJobs(number: number, age: number): JobView[] {
  const moves = number === 31
  const made = (key: string, at: number, took: number, more: Partial<JobView> = {}): JobView => {
    const done = !moves || took < 20
    const first = job(number, done ? 'success' : null, age - at)
    return {
      ...first,
      id: fixtureId('job', key === 'build' ? number : number + 1000 + key.length * 7 + at),
      key,
      jobKey: key,
      name: key,
      completedAt: done ? before(age - at - took) : null,
      steps: first.steps.slice(0, 3).map((step, index) => ({
        ...step,
        startedAt: before(age - at - (took / 3) * index),
        completedAt: done || index < 2 ? before(age - at - (took / 3) * (index + 1)) : null,
      })),
      ...more,
    }
  }
  const leg = (os: string, node: string, at: number, took: number) =>
    made(`test (${os}, ${node})`, at, took, { jobKey: 'test', needs: ['build'], matrix: { os, node } })
  return [
    made('build', 0.6, 3),
    made('lint', 0.8, 1.5),
    leg('linux', '22', 4, 3),
    leg('linux', '24', 4.2, moves ? 40 : 5),
    leg('alpine', '22', 5.8, 2),
    leg('alpine', '24', 5.9, 2.5),
    made('package', 4, 2, { needs: ['build', 'lint'] }),
    {
      ...made('deploy to staging', 10, 2, { jobKey: 'deploy', needs: ['test', 'package'] }),
      ...(moves ? { status: 'queued', conclusion: null, startedAt: null, completedAt: null, steps: [] } : {}),
    },
  ]
}

/** A run that calls a workflow for each leg of a matrix, which calls another one. */
function callingJobs(age: number): JobView[] {
  const made = (key: string, at: number, took: number, more: Partial<JobView> = {}): JobView => {
    const first = job(24, 'success', age - at)
    const id = fixtureId('job', key === 'lint' ? 24 : 24_000 + key.length * 7 + at)
    const steps = more.calls ? [] : first.steps.slice(0, 2)
    return { ...first, id, key, jobKey: key, name: key, completedAt: before(age - at - took), steps, ...more }
  }
  const leg = (target: string, at: number): JobView[] => {
    const caller = `build (${target})`
    const inside = (key: string, from: number, took: number, more: Partial<JobView> = {}) =>
      made(`${caller} / ${key}`, at + from, took, { calledBy: caller, ...more })
    const call = {
      jobKey: 'build',
      needs: ['lint'],
      matrix: { target },
      calls: './.github/workflows/build.yml',
    }
    const deep = `${caller} / check`
    return [
      made(caller, at, 7, call),
      inside('compile', 0.2, 2.5),
      inside('check', 2.8, 4, { needs: [`${caller} / compile`], calls: './.github/workflows/check.yml' }),
      made(`${deep} / unit`, at + 3, 2, { calledBy: deep }),
      made(`${deep} / types`, at + 3.1, 3.5, { calledBy: deep }),
    ]
  }
  return [
    made('lint', 0.5, 1),
    ...leg('web', 1.6),
    ...leg('api', 1.8),
    made('publish', 9, 1, { needs: ['build'] }),
  ]
}

/** A few lines of every kind that a log can hold. */
const kinds = [
  '::group::Install the packages that the lock file names',
  ...Array.from({ length: 9 }, (_, i) => `added package-${i} 1.${i}.0`),
  '::endgroup::',
  `${esc}38;5;208mtwo hundred and fifty-six colours${esc}0m, ${esc}38;2;120;180;255mtrue colour${esc}0m, ${esc}48;2;40;60;20mon a ground${esc}0m, ${esc}3mitalic${esc}0m, ${esc}4munderlined${esc}0m, ${esc}7minverse${esc}0m`,
  '10 %\r50 %\rdownloaded 100 %',
  'see https://example.com/docs/errors#E12 for what it means',
  '::warning file=src/greeting.js,line=4::The name is not escaped',
  '::notice::14 tests in 3 files',
  '::error file=src/greeting.js,line=5,title=Type error::Property name does not exist',
]

/** Lines of a job; number 26 has a hundred thousand, 25 a million. */
export function logLines(jobNumber: number): LogLineView[] {
  const found = kept.get(jobNumber) ?? madeLines(jobNumber)
  kept.set(jobNumber, found)
  return found
}

const kept = new Map<number, LogLineView[]>()

function madeLines(jobNumber: number): LogLineView[] {
  const count = jobNumber === 25 ? 1_000_000 : jobNumber === 26 ? 100_000 : 160
  const perStep = Math.ceil(count / 4)
  return Array.from({ length: count }, (_, index) => {
    const last = index === count - 1
    const text = last
      ? `${esc}31m${esc}1mFAIL${esc}0m src/greeting.test.ts ${esc}2m>${esc}22m expected "Hello" to be "Good morning"`
      : (kinds[index - 50] ?? ordinary(index))
    return {
      n: index + 1,
      step: Math.floor(index / perStep) + 1,
      at: Date.now() - (count - index) * 20,
      stream: index % 40 === 0 ? 'system' : index % 55 === 0 ? 'stderr' : 'stdout',
      text,
    }
  })
}

function ordinary(index: number): string {
  if (index % 9 === 0) {
    return `${esc}32m✓${esc}0m src/part-${index}.test.ts ${esc}2m(${index % 17} tests)${esc}0m ${esc}33m${index % 90} ms${esc}0m`
  }
  return index % 14 === 0
    ? `${esc}36m[info]${esc}0m a longer line that says what it does, in which folder and why: ${'detail '.repeat(index % 22)}`
    : `resolved package ${index} from packages.example.com`
}

export const egress: EgressRequest[] = [
  {
    at: before(20),
    host: 'packages.example.com',
    port: 443,
    method: 'CONNECT',
    allowed: true,
    reason: 'on the allow-list',
    bytesUp: 5200,
    bytesDown: 1_840_000,
    durationMs: 412,
  },
  {
    at: before(12),
    host: 'telemetry.example.com',
    port: 443,
    method: 'CONNECT',
    allowed: false,
    reason: 'not on the allow-list',
    bytesUp: 0,
    bytesDown: 0,
    durationMs: 1,
  },
]
