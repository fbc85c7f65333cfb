import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'
import { expect, test } from 'vitest'
import { answersTo } from './answers.ts'

const question = (options: QuestionView['options']): QuestionView => ({
  id: '00000000-0000-4000-8000-000000000001',
  turn: 1,
  title: 'Open example.org',
  kind: 'fetch',
  input: null,
  diff: null,
  options,
  askedAt: '2026-11-21T08:00:00.000Z',
  expiresAt: '2026-11-21T08:10:00.000Z',
})

test('each option is an answer, named by its kind, and the agent’s words stand beside it when they say more', () => {
  const answers = answersTo(
    question([
      { id: '1', label: 'Allow', kind: 'allow_once' },
      { id: '4', label: 'Always allow', kind: 'allow_always' },
      { id: '2', label: 'Allow all pages of example.org', kind: 'allow_always' },
      { id: '3', label: 'Reject', kind: 'reject_once' },
    ]),
  )
  expect(answers.map(({ verb, label, key, allow }) => [verb, label, key, allow])).toEqual([
    ['Reject', '', 'n', false],
    ['Allow always', '', 'a', true],
    ['Allow always', 'Allow all pages of example.org', undefined, true],
    ['Allow once', '', 'y', true],
  ])
})

test('a label cannot dress a yes as a no', () => {
  const [no, yes] = answersTo(question([{ id: 'x', label: 'Reject', kind: 'allow_always' }]))
  expect(no).toMatchObject({ verb: 'Reject', allow: false, option: undefined })
  expect(yes).toMatchObject({ verb: 'Allow always', label: 'Reject', allow: true, always: true })
})

test('there is always a no, and a yes only when the agent offers one', () => {
  expect(answersTo(question([]))).toEqual([
    { option: undefined, allow: false, always: false, verb: 'Reject', label: '', key: 'n' },
  ])
})

test('of two options of a kind the first has the key', () => {
  const answers = answersTo(
    question([
      { id: '1', label: 'This page', kind: 'allow_always' },
      { id: '2', label: 'Every page', kind: 'allow_always' },
    ]),
  )
  expect(answers.map(({ label, key }) => [label, key])).toEqual([
    ['', 'n'],
    ['This page', 'a'],
    ['Every page', undefined],
  ])
})
