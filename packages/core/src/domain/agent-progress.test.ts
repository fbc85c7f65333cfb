import { expect, test } from 'vitest'
import { agentProgress } from './agent-progress.ts'

const plan = (turn: number, ...statuses: string[]) => ({
  turn,
  kind: 'plan',
  data: { entries: statuses.map((status, n) => ({ text: `step ${n + 1}`, status })) },
})
const call = (id: string, title: string) => ({ turn: 1, kind: 'tool_call', data: { id, title } })

test('progress is the share of the plan that is done, the step the entry that it is at', () => {
  const events = [plan(1, 'pending', 'pending'), plan(1, 'completed', 'in_progress', 'pending')]
  expect(agentProgress({ status: 'in_progress', turn: 1 }, events)).toEqual({
    progress: 33,
    currentStep: 'step 2',
  })
})

test('without a plan the step is the call that runs, by its newest title', () => {
  const events = [
    call('a', 'Read'),
    { turn: 1, kind: 'tool_result', data: { id: 'a' } },
    call('b', 'Run'),
    { turn: 1, kind: 'tool_update', data: { id: 'b', title: 'Run the tests' } },
  ]
  expect(agentProgress({ status: 'in_progress', turn: 1 }, events)).toEqual({
    progress: 0,
    currentStep: 'Run the tests',
  })
})

test('a plan of an earlier turn says nothing about this one, and a queued turn is at nothing', () => {
  expect(agentProgress({ status: 'in_progress', turn: 2 }, [plan(1, 'completed')]).progress).toBe(0)
  expect(agentProgress({ status: 'queued', turn: 1 }, []).currentStep).toBeNull()
})

test('a turn that went well is done; one that failed stands where it stood', () => {
  const end = (outcome: string) => ({ turn: 1, kind: 'end', data: { outcome } })
  const half = plan(1, 'completed', 'in_progress')
  expect(agentProgress({ status: 'idle', turn: 1 }, [half, end('completed')]).progress).toBe(100)
  expect(agentProgress({ status: 'idle', turn: 1 }, [half, end('failed')]).progress).toBe(50)
})

test('a plan with all of its entries still to come names no step, nor does one without entries', () => {
  const at = (...statuses: string[]) =>
    agentProgress({ status: 'in_progress', turn: 1 }, [plan(1, ...statuses)])
  expect(at('pending', 'pending')).toEqual({ progress: 0, currentStep: null })
  expect(at()).toEqual({ progress: 0, currentStep: null })
})

test('a plan of the wrong shape is none, and an entry without words is an empty step', () => {
  const told = (entries: unknown) =>
    agentProgress({ status: 'in_progress', turn: 1 }, [{ turn: 1, kind: 'plan', data: { entries } }])
  expect(told('soon')).toEqual({ progress: 0, currentStep: null })
  expect(told([{ status: 'in_progress' }, { status: 'completed' }])).toEqual({
    progress: 50,
    currentStep: '',
  })
})

test('between two calls and without a plan the agent is at no step', () => {
  const events = [call('a', 'Read'), { turn: 1, kind: 'tool_result', data: { id: 'a' } }]
  expect(agentProgress({ status: 'in_progress', turn: 1 }, events).currentStep).toBeNull()
})

test('an update gives a call a new title only when it is that call’s and has one', () => {
  const updated = (kind: string, data: Record<string, unknown>) =>
    agentProgress({ status: 'in_progress', turn: 1 }, [call('a', 'Read'), { turn: 1, kind, data }])
      .currentStep
  expect(updated('tool_update', { id: 'b', title: 'Other' })).toBe('Read')
  expect(updated('tool_update', { id: 'a' })).toBe('Read')
  expect(updated('thought', { id: 'a', title: 'Other' })).toBe('Read')
  expect(updated('tool_update', { id: 'a', title: 7 })).toBeNull()
})

test('a turn that ended without a word of how, or long ago, counts as done and is at no step', () => {
  const working = plan(1, 'completed', 'in_progress')
  expect(agentProgress({ status: 'idle', turn: 1 }, [working])).toEqual({ progress: 100, currentStep: null })
  expect(agentProgress({ status: 'completed', turn: 1 }, [])).toEqual({ progress: 100, currentStep: null })
  const failed = { turn: 1, kind: 'end', data: { outcome: 'failed' } }
  expect(agentProgress({ status: 'idle', turn: 1 }, [failed, working])).toEqual({
    progress: 50,
    currentStep: null,
  })
})

test('a queued turn is at nothing, whatever was told before it', () => {
  expect(agentProgress({ status: 'queued', turn: 1 }, [plan(1, 'completed', 'in_progress')])).toEqual({
    progress: 0,
    currentStep: null,
  })
})
