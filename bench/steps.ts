import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import type { JobReporter, JobRequest } from '@signalbox/engine/job/port.ts'
import { runJob } from '@signalbox/engine/job/run-job.ts'
import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import { type BenchResult, least, median, ms, round } from './figures.ts'
import { addProject, runToEnd } from './project.ts'

const stepCount = 100
const repetitions = 9
const serverRepetitions = 3
const numbers = Array.from({ length: stepCount }, (_, index) => index + 1)
const workflowText = `on: workflow_dispatch
jobs:
  steps:
    runs-on: linux
    steps:
${numbers.map((n) => `      - run: echo ${n}\n`).join('')}`

/**
 * 100 trivial steps in one job by `runJob`, in turns with the same commands spawned by a bare Node. The time of
 * the steps is from the first one's start to the last one's end; making and ending the sandbox is shown beside it.
 */
export async function steps(): Promise<BenchResult> {
  const folder = await mkdtemp('/tmp/signalbox-bench-')
  await chmod(folder, 0o755)
  try {
    const engine = await throughEngine(folder)
    const server = await throughServer()
    const ratio = least(engine.steps) / least(engine.bare)
    const typical = median(engine.steps) / median(engine.bare)
    const row = (name: string, values: number[]) => [
      name,
      ms(least(values)),
      ms(median(values)),
      `${round(least(values) / least(engine.bare))} x`,
    ]
    return {
      table: [
        [`${stepCount} steps`, 'least', 'median', 'ratio of least'],
        row('spawned by a bare Node', engine.bare),
        row('runJob, the steps', engine.steps),
        row('runJob, sandbox included', engine.whole),
        row('whole server, the steps', server),
      ],
      figures: {
        bareMs: least(engine.bare),
        stepsMs: least(engine.steps),
        wholeMs: least(engine.whole),
        serverMs: least(server),
        ratio,
        medianRatio: typical,
        wholeRatio: least(engine.whole) / least(engine.bare),
        serverRatio: least(server) / least(engine.bare),
      },
      targets: [{ what: `the steps take ${round(ratio)} x, at most 1.5 x`, holds: ratio <= 1.5 }],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function throughEngine(folder: string) {
  const { provider, capabilities } = await selectProvider({ dataDir: join(folder, 'data') })
  if (!provider) throw new Error(capabilities.reason)
  const files: string[] = []
  for (const n of numbers) {
    const file = join(folder, `step-${n}.sh`)
    await writeFile(file, `echo ${n}\n`)
    files.push(file)
  }
  const found = { bare: [] as number[], steps: [] as number[], whole: [] as number[] }
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const bare = await spawnBare(files)
    const { stepsMs, wholeMs } = await runSteps(provider, `bench-${process.pid}-${repetition}`)
    // The first round warms the file cache and the compiler, for both sides.
    if (repetition === 0) continue
    found.bare.push(bare)
    found.steps.push(stepsMs)
    found.whole.push(wholeMs)
  }
  return found
}

async function spawnBare(files: string[]): Promise<number> {
  const script = join(import.meta.dirname, 'bare-spawn.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...files])
  const answer: { ms: number } = JSON.parse(stdout)
  return answer.ms
}

async function runSteps(provider: SandboxProvider, id: string) {
  const { workflow } = parseWorkflow('steps.yml', workflowText, { builtinActions: [] })
  if (!workflow) throw new Error('the workflow of this benchmark cannot be read')
  const request: JobRequest = {
    id,
    ownerId: 'bench',
    workflow,
    jobKey: 'steps',
    github: {},
    needs: {},
    inputs: {},
    vars: {},
    secrets: {},
    checkout: { gitDir: '/nonexistent', commit: '0'.repeat(40), ref: '' },
    limits: { memoryBytes: 1024 ** 3, pids: 256, cpus: 2, diskBytes: 1024 ** 3 },
    network: { mode: 'none' },
    layers: [],
    env: {},
    defaultTimeoutMs: 120_000,
  }
  let firstAt = 0
  let lastAt = 0
  let lines = 0
  const reporter: JobReporter = {
    async stepStarted() {
      firstAt ||= performance.now()
    },
    async log(_step, added) {
      lines += added.length
    },
    async stepCompleted() {
      lastAt = performance.now()
    },
  }
  const started = performance.now()
  const dependencies = { provider, builtins: new Map(), now: () => Date.now() }
  const result = await runJob(request, dependencies, reporter, new AbortController().signal)
  const wholeMs = performance.now() - started
  if (result.conclusion !== 'success' || lines !== stepCount)
    throw new Error(`the job ended as ${result.conclusion} with ${lines} lines: ${result.reason ?? ''}`)
  return { stepsMs: lastAt - firstAt, wholeMs }
}

/** The same through API, queue, worker and database: from the first step's start to the last one's end, as stored. */
async function throughServer(): Promise<number[]> {
  const platform = await startPlatform()
  try {
    const project = await addProject(platform, { 'steps.yml': workflowText })
    const found: number[] = []
    for (let repetition = 0; repetition < serverRepetitions; repetition++) {
      const run = await runToEnd(platform, project, 'steps.yml')
      const all = run.jobs.flatMap((job) => job.steps)
      const first = Math.min(...all.map((step) => Date.parse(step.startedAt ?? '')))
      const last = Math.max(...all.map((step) => Date.parse(step.completedAt ?? '')))
      found.push(last - first)
    }
    return found
  } finally {
    await platform.destroy()
  }
}
