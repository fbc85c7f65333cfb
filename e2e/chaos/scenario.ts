import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import {
  checkAtRest,
  checkChange,
  checkCounting,
  checkReleases,
  openDatabaseOf,
  stageOf,
  waitingMessages,
} from './checks.ts'
import { makeCountingRepository } from './counting.ts'
import { describePlan, type FlowStage, type Kill, planKills, stages, type Victim } from './plan.ts'
import { startProber } from './prober.ts'
import { findVictim, killHard } from './processes.ts'
import { followJob, type Viewer } from './viewer.ts'

const finishWithinMs = 150_000
/** From the last state to the last trace: releases and branches are tidied up within a few rounds. */
const restWithinMs = 45_000
const host = 'sample.localhost'

export interface ScenarioResult {
  seed: number
  kills: number
  faults: string[]
  /** Kept when there are faults. */
  dataDir: string
  requests: number
  slowestMs: number
  /** Attempts of the counting jobs, and how often their viewers had to come back. */
  attempts: number
  reconnects: number
  /** From the goal to its end, kills included. */
  flowMs: number
}

interface Stage {
  platform: Platform
  say(text: string): void
  /** Every counting job so far, each with the viewer that follows it. */
  counting: Map<string, Viewer>
  killed: number
  killing: boolean
}

/** One whole run of the flow under the kills of a seed; faults are returned, not thrown. */
export async function runScenario(options: {
  seed: number
  kills: number
  say(text: string): void
}): Promise<ScenarioResult> {
  const plan = planKills(options.seed, options.kills)
  options.say(`seed ${options.seed}: ${describePlan(plan)}`)
  const platform = await startPlatform()
  const stage: Stage = { platform, say: options.say, counting: new Map(), killed: 0, killing: true }
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-chaos-'))
  const faults: string[] = []
  let flowMs = 0
  let probed = { requests: 0, failures: [] as string[], slowestMs: 0 }
  try {
    await deployFirst(platform)
    const prober = startProber({ port: platform.ingressPort, host })
    try {
      flowMs = await flowUnderKills(stage, folder, plan, faults)
      faults.push(...(await finallyRight(stage)))
    } finally {
      probed = await prober.stop()
    }
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  } finally {
    for (const viewer of stage.counting.values()) await viewer.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const { failures } = probed
  if (failures.length > 0) {
    faults.push(`the live release failed ${failures.length} times: ${failures.slice(0, 3).join('; ')}`)
  }
  const viewers = [...stage.counting.values()]
  const result = {
    seed: options.seed,
    kills: stage.killed,
    faults,
    dataDir: platform.dataDir,
    requests: probed.requests,
    slowestMs: Math.round(probed.slowestMs),
    attempts: viewers.reduce((sum, viewer) => sum + viewer.seen.size, 0),
    reconnects: viewers.reduce((sum, viewer) => sum + viewer.reconnects(), 0),
    flowMs,
  }
  if (faults.length === 0) {
    await platform.destroy()
  } else {
    await platform.stop()
    await writeFile(join(platform.dataDir, 'output.log'), platform.output())
  }
  return result
}

/** The live release that must answer from now on. */
async function deployFirst(platform: Platform): Promise<void> {
  const first = await platform.call('createDeployment', { params: { project: 'sample' } })
  await until(async () => {
    const now = await platform.call('getDeployment', { params: { deployment: first.id } })
    return now.conclusion === 'live'
  }, 90_000)
}

async function flowUnderKills(stage: Stage, folder: string, plan: Kill[], faults: string[]): Promise<number> {
  const { platform } = stage
  const source = await makeCountingRepository(folder)
  const project = await platform.call('createProject', { body: { source, sync: false } })
  await startCounting(stage, project.slug)
  const begun = performance.now()
  const change = await platform.call('createChange', {
    params: { project: 'sample' },
    body: { goal: 'Show long waits in days' },
  })
  const counting = keepCounting(stage, project.slug)
  await killAll(stage, plan, { begun, changeId: change.id })
  stage.killing = false
  await counting
  const ended = (status: string) => status === 'completed' || status === 'waiting'
  const last = await platform.waitForChange(change.id, (now) => ended(now.status), finishWithinMs)
  if (last.status === 'waiting') faults.push(`the change waits for ${last.waitingFor}: ${last.reason}`)
  const flowMs = Math.round(performance.now() - begun)
  await until(async () => (await openCounting(stage)) === 0, finishWithinMs)
  const connection = await openDatabaseOf(platform.dataDir)
  try {
    faults.push(...(await checkChange(connection.db, platform.dataDir, change.id)))
  } finally {
    await connection.close()
  }
  return flowMs
}

async function startCounting(stage: Stage, project: string): Promise<void> {
  const { platform } = stage
  const run = await platform.call('createRun', { params: { project }, body: { workflow: 'count' } })
  const jobId = run.jobs[0]?.id
  if (!jobId) throw new Error('the counting run has no job')
  stage.counting.set(jobId, followJob({ dataDir: platform.dataDir, port: platform.port, jobId }))
}

/** As long as there are kills to come there is a counting run for them to hit. */
async function keepCounting(stage: Stage, project: string): Promise<void> {
  while (stage.killing) {
    await sleep(500)
    try {
      if (stage.killing && (await openCounting(stage)) === 0) await startCounting(stage, project)
    } catch {
      // The server is away: that is what this is about.
    }
  }
}

async function openCounting(stage: Stage): Promise<number> {
  const { items } = await stage.platform.call('listRuns', { query: { project: 'counting', limit: 100 } })
  return items.filter((run) => run.status !== 'completed').length
}

async function killAll(
  stage: Stage,
  plan: Kill[],
  { begun, changeId }: { begun: number; changeId: string },
): Promise<void> {
  for (const kill of plan) {
    await reached(stage.platform.dataDir, changeId, kill.stage)
    await sleep(kill.afterMs)
    const pids = await Promise.all(kill.victims.map((victim) => findVictim(stage.platform.dataDir, victim)))
    const at = ((performance.now() - begun) / 1000).toFixed(1)
    for (const [index, victim] of kill.victims.entries()) strike(stage, victim, pids[index], at)
    // Whoever starts it again by hand waits until it is ended; the data stays where it is.
    if (kill.victims.includes('up')) await stage.platform.start()
  }
}

/** Waits for the stage or a later one; a flow that stands still is found by those who wait for its end. */
async function reached(dataDir: string, changeId: string, stage: FlowStage): Promise<void> {
  const connection = await openDatabaseOf(dataDir)
  const deadline = performance.now() + finishWithinMs
  try {
    while (performance.now() < deadline) {
      const now = await stageOf(connection.db, changeId).catch(() => undefined)
      if (now && stages.indexOf(now) >= stages.indexOf(stage)) return
      await sleep(20)
    }
  } finally {
    await connection.close()
  }
}

function strike(stage: Stage, victim: Victim, pid: number | undefined, at: string): void {
  const struck = pid !== undefined && killHard(pid)
  stage.say(`  ${at} s  ${struck ? `killed ${victim} (${pid})` : `${victim} was on its way back`}`)
  if (struck) stage.killed++
}

/** What is still wrong when everything had its time to settle. */
async function finallyRight(stage: Stage): Promise<string[]> {
  const { dataDir } = stage.platform
  const connection = await openDatabaseOf(dataDir)
  const deadline = performance.now() + restWithinMs
  try {
    for (;;) {
      const faults = [
        ...(await checkAtRest(connection.db)),
        ...(await checkReleases(connection.db, dataDir)),
        ...(await checkQueue(connection.db)),
      ]
      for (const [jobId, viewer] of stage.counting) {
        faults.push(...(await checkCounting(connection.db, jobId, viewer)))
      }
      if (faults.length === 0 || performance.now() > deadline) return faults
      await sleep(500)
    }
  } finally {
    await connection.close()
  }
}

async function checkQueue(db: Parameters<typeof waitingMessages>[0]): Promise<string[]> {
  const waiting = await waitingMessages(db)
  return waiting.map((row) => `${row.count} messages of ${row.name} are ${row.state}`)
}
