import { describe, expect, test } from 'vitest'
import { newAgentRun, transitionAgentRun } from './agent-run.ts'
import {
  type DeploymentEvent,
  type DeploymentState,
  newDeployment,
  transitionDeployment,
} from './deployment.ts'
import { newJob, transitionJob } from './job.ts'
import { newRun, transitionRun } from './run.ts'
import { newStep, transitionStep } from './step.ts'

function must<State>(next: { ok: true; state: State; event: string } | { ok: false; reason: string }): State {
  if (!next.ok) throw new Error(next.reason)
  return next.state
}

describe('a run', () => {
  test('starts once and completes once', () => {
    const started = must(transitionRun(newRun, { type: 'start' }, 1))
    expect(transitionRun(started, { type: 'start' }, 2).ok).toBe(false)
    const over = must(transitionRun(started, { type: 'complete', conclusion: 'success' }, 3))
    expect(over).toEqual({ status: 'completed', conclusion: 'success', startedAt: 1, completedAt: 3 })
    expect(transitionRun(over, { type: 'complete', conclusion: 'failure' }, 4).ok).toBe(false)
  })

  test('may be cancelled before it starts', () => {
    expect(must(transitionRun(newRun, { type: 'complete', conclusion: 'cancelled' }, 2)).startedAt).toBeNull()
  })
})

describe('a job', () => {
  test('each claim is a new attempt and keeps the first start', () => {
    const first = must(transitionJob(newJob, { type: 'claim', workerId: 'a' }, 1))
    const second = must(transitionJob(first, { type: 'claim', workerId: 'b' }, 9))
    expect(second).toMatchObject({ attempt: 2, workerId: 'b', startedAt: 1, status: 'in_progress' })
  })

  test('a completed job is never claimed', () => {
    const over = must(transitionJob(newJob, { type: 'complete', conclusion: 'skipped' }, 1))
    expect(transitionJob(over, { type: 'claim', workerId: 'a' }, 2).ok).toBe(false)
  })
})

test('a skipped step completes without a start and has a time', () => {
  const skipped = must(
    transitionStep(newStep, { type: 'complete', outcome: 'skipped', conclusion: 'skipped' }, 7),
  )
  expect(skipped).toMatchObject({ startedAt: 7, completedAt: 7, status: 'completed' })
  expect(transitionStep(skipped, { type: 'start' }, 8).ok).toBe(false)
})

describe('an agent run', () => {
  test('takes turns: answer, message, turn', () => {
    const at = must(transitionAgentRun(newAgentRun, { type: 'start_turn' }))
    const idle = must(transitionAgentRun(at, { type: 'answer', responseType: 'plan' }))
    expect(idle).toMatchObject({ status: 'idle', responseType: 'plan', turn: 1 })
    expect(transitionAgentRun(idle, { type: 'start_turn' }).ok).toBe(false)
    expect(must(transitionAgentRun(idle, { type: 'message' }))).toMatchObject({ status: 'queued', turn: 2 })
  })

  test('closed takes nothing', () => {
    const closed = must(transitionAgentRun(newAgentRun, { type: 'close', conclusion: 'cancelled' }))
    expect(transitionAgentRun(closed, { type: 'message' }).ok).toBe(false)
  })
})

describe('a deployment', () => {
  const walk = (events: DeploymentEvent[]): DeploymentState =>
    events.reduce((state, event) => must(transitionDeployment(state, event)), newDeployment)

  test('goes live through every step and may be superseded', () => {
    const live = walk([
      { type: 'start' },
      { type: 'started' },
      { type: 'traffic_switched' },
      { type: 'watch_passed' },
    ])
    expect(live).toEqual({ status: 'completed', conclusion: 'live', reason: null })
    expect(must(transitionDeployment(live, { type: 'superseded' })).conclusion).toBe('superseded')
  })

  test('unhealthy before the traffic is failed, after it rolled back', () => {
    expect(walk([{ type: 'start' }, { type: 'unhealthy', reason: 'r' }]).conclusion).toBe('failed')
    const watched: DeploymentEvent[] = [{ type: 'start' }, { type: 'started' }, { type: 'traffic_switched' }]
    expect(walk([...watched, { type: 'unhealthy', reason: 'r' }])).toMatchObject({
      conclusion: 'rolled_back',
      reason: 'r',
    })
  })

  test('no step is left out', () => {
    for (const type of ['started', 'traffic_switched', 'watch_passed', 'superseded'] as const) {
      expect(transitionDeployment(newDeployment, { type }).ok).toBe(false)
    }
  })
})
