import { describe, expect, test } from 'vitest'
import { type AgentRunEvent, type AgentRunState, newAgentRun, transitionAgentRun } from './agent-run.ts'
import { newChange, transitionChange } from './change.ts'
import {
  type DeploymentEvent,
  type DeploymentState,
  newDeployment,
  transitionDeployment,
} from './deployment.ts'
import { type JobEvent, type JobState, newJob, transitionJob } from './job.ts'
import { newRun, type RunEvent, type RunState, transitionRun } from './run.ts'
import type { Transition } from './status.ts'
import { newStep, type StepEvent, type StepState, transitionStep } from './step.ts'

const nowMs = 50

interface Machine<State, Event extends { type: string }> {
  /** As refusals call it. */
  name: string
  /** Every place that it can be at, by the words that a refusal has for it. */
  places: Record<string, State>
  move: (state: State, event: Event) => Transition<State>
  /** What may happen; in each place that is not named it is refused. */
  moves: { event: Event; to: Record<string, [changes: Partial<State>, stored: string]> }[]
}

/** One test for each event in each place: where it leads and what is stored of it, or that it is refused in words. */
function holds<State extends object, Event extends { type: string }>(machine: Machine<State, Event>): void {
  const cases = machine.moves.flatMap(({ event, to }) =>
    Object.entries(machine.places).map(([place, state]) => ({ event, place, state, next: to[place] })),
  )
  describe(`a ${machine.name}`, () => {
    test.each(cases)('that is $place is told $event', ({ event, place, state, next }) => {
      const expected = next
        ? { ok: true, state: { ...state, ...next[0] }, event: next[1] }
        : { ok: false, reason: `a ${machine.name} that is ${place} cannot take "${event.type}"` }
      expect(machine.move(state, event)).toEqual(expected)
    })
  })
}

const over = { status: 'completed', completedAt: nowMs } as const
const begun = { status: 'in_progress', startedAt: 7 } as const
const ended = { status: 'completed', conclusion: 'success', startedAt: 7, completedAt: 9 } as const

holds<RunState, RunEvent>({
  name: 'run',
  places: { queued: newRun, in_progress: { ...newRun, ...begun }, completed: { ...newRun, ...ended } },
  move: (state, event) => transitionRun(state, event, nowMs),
  moves: [
    {
      event: { type: 'start' },
      to: { queued: [{ status: 'in_progress', startedAt: nowMs }, 'run.started'] },
    },
    {
      event: { type: 'complete', conclusion: 'failure' },
      to: {
        // Cancelled or refused before it began: it has no start.
        queued: [{ ...over, conclusion: 'failure' }, 'run.completed'],
        in_progress: [{ ...over, conclusion: 'failure' }, 'run.completed'],
      },
    },
  ],
})

holds<JobState, JobEvent>({
  name: 'job',
  places: {
    queued: newJob,
    in_progress: { ...newJob, ...begun, attempt: 1, workerId: 'lost' },
    completed: { ...newJob, ...ended, attempt: 1, workerId: 'lost' },
  },
  move: (state, event) => transitionJob(state, event, nowMs),
  moves: [
    {
      event: { type: 'call' },
      to: { queued: [{ status: 'in_progress', startedAt: nowMs }, 'job.started'] },
    },
    {
      event: { type: 'claim', workerId: 'next' },
      to: {
        queued: [{ status: 'in_progress', attempt: 1, workerId: 'next', startedAt: nowMs }, 'job.started'],
        // The worker was lost: another one takes it, and the job began when the first one did.
        in_progress: [{ attempt: 2, workerId: 'next' }, 'job.started'],
      },
    },
    {
      event: { type: 'complete', conclusion: 'timed_out' },
      to: {
        queued: [{ ...over, conclusion: 'timed_out' }, 'job.completed'],
        in_progress: [{ ...over, conclusion: 'timed_out' }, 'job.completed'],
      },
    },
  ],
})

const forgiven = { ...over, outcome: 'failure', conclusion: 'success' } as const

holds<StepState, StepEvent>({
  name: 'step',
  places: {
    queued: newStep,
    in_progress: { ...newStep, ...begun },
    completed: { ...newStep, ...ended, outcome: 'success' },
  },
  move: (state, event) => transitionStep(state, event, nowMs),
  moves: [
    {
      event: { type: 'start' },
      to: { queued: [{ status: 'in_progress', startedAt: nowMs }, 'step.started'] },
    },
    {
      // continue-on-error: what happened and what counts are both kept.
      event: { type: 'complete', outcome: 'failure', conclusion: 'success' },
      to: {
        queued: [{ ...forgiven, startedAt: nowMs }, 'step.completed'],
        in_progress: [forgiven, 'step.completed'],
      },
    },
  ],
})

const closed = { status: 'completed', conclusion: 'cancelled' } as const

holds<AgentRunState, AgentRunEvent>({
  name: 'agent run',
  places: {
    queued: { ...newAgentRun, turn: 2, responseType: 'plan' },
    in_progress: { ...newAgentRun, status: 'in_progress', turn: 2, responseType: 'plan' },
    idle: { ...newAgentRun, status: 'idle', turn: 2, responseType: 'plan' },
    completed: { ...newAgentRun, status: 'completed', conclusion: 'success', turn: 2 },
  },
  move: transitionAgentRun,
  moves: [
    {
      event: { type: 'start_turn' },
      to: {
        queued: [{ status: 'in_progress' }, 'agent_run.turn_started'],
        // The worker was lost: the turn begins again.
        in_progress: [{}, 'agent_run.turn_started'],
      },
    },
    {
      event: { type: 'answer', responseType: 'pr' },
      to: { in_progress: [{ status: 'idle', responseType: 'pr' }, 'agent_run.answered'] },
    },
    {
      event: { type: 'fail_turn' },
      to: {
        queued: [{ status: 'idle', responseType: null }, 'agent_run.turn_failed'],
        in_progress: [{ status: 'idle', responseType: null }, 'agent_run.turn_failed'],
      },
    },
    {
      event: { type: 'message' },
      to: { idle: [{ status: 'queued', turn: 3 }, 'agent_run.message'] },
    },
    {
      event: { type: 'close', conclusion: 'cancelled' },
      to: {
        queued: [closed, 'agent_run.closed'],
        in_progress: [closed, 'agent_run.closed'],
        idle: [closed, 'agent_run.closed'],
      },
    },
  ],
})

const failed = { status: 'completed', conclusion: 'failed', reason: 'Why.' } as const
const stopped = { status: 'completed', conclusion: 'cancelled', reason: 'Why.' } as const
const deploymentThat = (more: Partial<DeploymentState>): DeploymentState => ({ ...newDeployment, ...more })
const deploymentOver = (conclusion: DeploymentState['conclusion']) =>
  deploymentThat({ status: 'completed', conclusion, reason: 'Before.' })

holds<DeploymentState, DeploymentEvent>({
  name: 'deployment',
  places: {
    queued: newDeployment,
    starting: deploymentThat({ status: 'starting' }),
    checking: deploymentThat({ status: 'checking' }),
    watching: deploymentThat({ status: 'watching' }),
    live: deploymentOver('live'),
    failed: deploymentOver('failed'),
    rolled_back: deploymentOver('rolled_back'),
    superseded: deploymentOver('superseded'),
    cancelled: deploymentOver('cancelled'),
  },
  move: transitionDeployment,
  moves: [
    { event: { type: 'start' }, to: { queued: [{ status: 'starting' }, 'deployment.starting'] } },
    { event: { type: 'started' }, to: { starting: [{ status: 'checking' }, 'deployment.checking'] } },
    {
      event: { type: 'traffic_switched' },
      to: { checking: [{ status: 'watching' }, 'deployment.watching'] },
    },
    {
      event: { type: 'watch_passed' },
      to: { watching: [{ status: 'completed', conclusion: 'live' }, 'deployment.live'] },
    },
    {
      event: { type: 'unhealthy', reason: 'Why.' },
      to: {
        queued: [failed, 'deployment.failed'],
        starting: [failed, 'deployment.failed'],
        checking: [failed, 'deployment.failed'],
        // It had the traffic: the release before it has it again.
        watching: [{ ...failed, conclusion: 'rolled_back' }, 'deployment.rolled_back'],
      },
    },
    // What was live stays on record as such: only another word for how it ended.
    {
      event: { type: 'superseded' },
      to: { live: [{ conclusion: 'superseded' }, 'deployment.superseded'] },
    },
    {
      event: { type: 'cancel', reason: 'Why.' },
      to: {
        queued: [stopped, 'deployment.cancelled'],
        starting: [stopped, 'deployment.cancelled'],
        checking: [stopped, 'deployment.cancelled'],
      },
    },
  ],
})

describe('what no machine knows is thrown, since the data lied', () => {
  const odd = JSON.parse('{"type": "odd"}')
  test.each([
    ['a run', () => transitionRun(newRun, odd, nowMs)],
    ['a job', () => transitionJob(newJob, odd, nowMs)],
    ['a step', () => transitionStep(newStep, odd, nowMs)],
    ['an agent run', () => transitionAgentRun(newAgentRun, odd)],
    ['a deployment', () => transitionDeployment(newDeployment, odd)],
    ['a change', () => transitionChange(newChange, odd, nowMs)],
  ])('%s', (_name, move) => {
    expect(move).toThrow('unexpected value: {"type":"odd"}')
  })

  test('an answer of an agent', () => {
    const answered = JSON.parse('{"type": "agent_answered", "responseType": "odd", "autoConfirm": false}')
    expect(() => transitionChange(newChange, answered, nowMs)).toThrow('unexpected value: "odd"')
  })
})
