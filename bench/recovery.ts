import { setTimeout as sleep } from 'node:timers/promises'
import { type Platform, startPlatform } from '@signalbox/testing/platform.ts'
import { findVictim, killHard } from '../e2e/chaos/processes.ts'
import { type BenchResult, ms, round } from './figures.ts'
import { addProject } from './project.ts'

const limitMs = 5 * 60_000
const workflowText = `on: workflow_dispatch
jobs:
  slow:
    runs-on: linux
    steps:
      - run: sleep 20
`

/** How long after a kill -9 of each process work goes on: the health is whole, and a job that ran has a new attempt. */
export async function recovery(): Promise<BenchResult> {
  const platform = await startPlatform()
  try {
    const project = await addProject(platform, { 'slow.yml': workflowText })
    const found: Record<string, number> = {}
    for (const victim of ['worker', 'server', 'postgres'] as const) {
      const run = await platform.call('createRun', { params: { project }, body: { workflow: 'slow.yml' } })
      await until(async () => (await attemptOf(platform, run.id)) >= 1)
      const before = await attemptOf(platform, run.id)
      const pid = await findVictim(platform.dataDir, victim)
      if (pid === undefined || !killHard(pid)) throw new Error(`there was no ${victim} to kill`)
      const at = performance.now()
      await until(
        async () => (await findVictim(platform.dataDir, victim)) !== pid && (await isWhole(platform)),
      )
      // Only the job of a killed worker has to begin again; the others go on.
      if (victim === 'worker') await until(async () => (await attemptOf(platform, run.id)) > before)
      found[victim] = performance.now() - at
      await until(async () => {
        const { status, conclusion } = await platform.call('getRun', { params: { run: run.id } })
        if (status === 'completed' && conclusion !== 'success')
          throw new Error(`the run ended as ${conclusion}`)
        return status === 'completed'
      })
    }
    return {
      table: [
        ['killed', 'until work goes on'],
        ...Object.entries(found).map(([victim, value]) => [victim, ms(value)]),
      ],
      figures: Object.fromEntries(Object.entries(found).map(([victim, value]) => [`${victim}Ms`, value])),
      targets: Object.entries(found).map(([victim, value]) => ({
        what: `${victim}: work goes on after ${round(value / 1000)} s, under 5 minutes`,
        holds: value < limitMs,
      })),
    }
  } finally {
    await platform.destroy()
  }
}

/** The attempt of the run's only job that is in progress or done; 0 before the first. */
async function attemptOf(platform: Platform, id: string): Promise<number> {
  const [job] = (await platform.call('getRun', { params: { run: id } })).jobs
  return job && job.status !== 'queued' ? job.attempt : 0
}

async function isWhole(platform: Platform): Promise<boolean> {
  return (await platform.call('health')).status === 'ok'
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const began = performance.now()
  for (;;) {
    // While a process is away its questions fail.
    const answer = await holds().catch((error: unknown) => {
      if (performance.now() - began > limitMs) throw error
      return false
    })
    if (answer) return
    if (performance.now() - began > limitMs) throw new Error('it did not recover within 5 minutes')
    await sleep(50)
  }
}
