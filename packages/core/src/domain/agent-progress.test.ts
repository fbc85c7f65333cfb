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
