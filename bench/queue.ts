import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { type BenchResult, ms, quantile, round } from './figures.ts'
import { openLive } from './live.ts'
import { addProject } from './project.ts'

const warmUps = 3
const rounds = 60
const workflowText = `on: workflow_dispatch
jobs:
  hello:
    runs-on: linux
    steps:
      - run: echo hello
`

/**
 * From the instant at which a run was stored as queued to its first line at a client of the live channel, in
 * turns with a sandbox that is made by hand and runs the same command.
 */
export async function queue(): Promise<BenchResult> {
  const folder = await mkdtemp('/tmp/signalbox-bench-')
  const platform = await startPlatform()
  try {
    const { provider, capabilities } = await selectProvider({ dataDir: join(folder, 'data') })
    if (!provider) throw new Error(capabilities.reason)
    const project = await addProject(platform, { 'hello.yml': workflowText })
    const bare: number[] = []
    const seen: number[] = []
    const stored: number[] = []
    for (let round = -warmUps; round < rounds; round++) {
      // Not in step with anything that polls.
      await sleep(Math.random() * 300)
      const bareMs = await firstOutputBare(provider, `bench-${process.pid}-${round + warmUps}`)
      const ours = await firstOutput(platform, project)
      if (round < 0) continue
      bare.push(bareMs)
      seen.push(ours.seenMs)
      stored.push(ours.writtenMs)
    }
    const p50 = quantile(seen, 0.5)
    const row = (name: string, values: number[]) => [
      name,
      ms(quantile(values, 0.5)),
      ms(quantile(values, 0.99)),
      `${round(quantile(values, 0.5) / quantile(bare, 0.5))} x`,
    ]
    return {
      table: [
        [`${rounds} runs`, 'p50', 'p99', 'ratio of p50'],
        row('bare sandbox: create, first output', bare),
        row('queued to the line read from the sandbox', stored),
        row('queued to the line at a client', seen),
      ],
      figures: {
        bareP50Ms: quantile(bare, 0.5),
        bareP99Ms: quantile(bare, 0.99),
        writtenP50Ms: quantile(stored, 0.5),
        p50Ms: p50,
        p99Ms: quantile(seen, 0.99),
        ratio: p50 / quantile(bare, 0.5),
      },
      targets: [{ what: `p50 is ${ms(p50)}, under 150 ms`, holds: p50 < 150 }],
    }
  } finally {
    await platform.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

async function firstOutputBare(provider: SandboxProvider, id: string): Promise<number> {
  const started = performance.now()
  const sandbox = await provider.create({
    id,
    ownerId: 'bench',
    limits: { memoryBytes: 1024 ** 3, pids: 256, cpus: 2, diskBytes: 1024 ** 3 },
    network: { mode: 'none' },
    env: {},
    layers: [],
    detached: false,
  })
  let firstAt = 0
  await sandbox.exec(['bash', '-c', 'echo hello'], {
    onOutput() {
      firstAt ||= performance.now()
    },
  })
  await sandbox.destroy()
  return firstAt - started
}

async function firstOutput(
  platform: Platform,
  project: string,
): Promise<{ seenMs: number; writtenMs: number }> {
  const live = await openLive(platform)
  try {
    const run = await platform.call('createRun', { params: { project }, body: { workflow: 'hello.yml' } })
    const queuedAt = Date.parse(run.createdAt)
    const job = run.jobs[0]?.id ?? ''
    const first = await new Promise<{ seenMs: number; writtenMs: number }>((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error('no line came within 30 s')), 30_000)
      live.onLog = (lines, complete) => {
        const line = lines.find((candidate) => candidate.text === 'hello')
        if (line) resolve({ seenMs: Date.now() - queuedAt, writtenMs: line.at - queuedAt })
        else if (complete) reject(new Error('the log ended without its line'))
        if (line || complete) clearTimeout(tooLate)
      }
      live.follow(job)
    })
    await ended(platform, run.id)
    return first
  } finally {
    live.close()
  }
}

/** One run at a time: the next would wait for the end of this one's sandbox. */
async function ended(platform: Platform, run: string): Promise<void> {
  for (;;) {
    if ((await platform.call('getRun', { params: { run } })).status === 'completed') return
    await sleep(50)
  }
}
