import { expect, test } from 'vitest'
import { chooseGoal, chooseTurn, planHead } from './choose-turn.ts'
import { parseScript, type Script } from './script.ts'

function script(json: unknown): Script {
  const parsed = parseScript(JSON.stringify(json))
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.script
}

const sample = script({
  version: 1,
  goals: [
    { match: 'days', title: 'Show waits in days', turns: [{ say: 'one', plan: ['a'] }, { say: 'two' }] },
    {
      match: 'what',
      title: 'days',
      turns: [{ mode: 'plan', plan: ['p1'] }, { mode: 'plan', plan: ['p2'] }, { say: 'w' }],
    },
  ],
})
const plan = { role: 'agent' as const, text: `${planHead}\n1. a` }
const said = { role: 'agent' as const, text: 'done' }

test.each([
  ['show LONG waits  in\nDAYS please', 'Show waits in days'],
  ['days', 'days'],
  ['What is it', 'days'],
])('finds a goal by exact title, then by words: %s', (goal, title) => {
  expect(chooseGoal(sample, goal).title).toBe(title)
})

test('an unknown goal is a failure that lists what the script knows', () => {
  expect(() => chooseGoal(sample, 'paint it')).toThrow(/does not know this goal.*"Show waits in days"/)
})

test.each([
  ['first work', 0, 'work', 1, [], { say: 'one' }],
  ['second work', 0, 'work', 2, [said], { say: 'two' }],
  [
    'the plan of a working turn, without its deeds',
    0,
    'plan',
    1,
    [],
    { mode: 'plan', plan: ['a'], edits: [] },
  ],
  ['work after a plan', 0, 'work', 2, [plan], { say: 'one' }],
  ['work after a plan and a work', 0, 'work', 3, [plan, said], { say: 'two' }],
  ['a changed plan', 1, 'plan', 2, [plan], { plan: ['p2'] }],
  ['work after two plans', 1, 'work', 3, [plan, plan], { say: 'w' }],
] as const)('chooses %s', (_name, goal, mode, turn, history, expected) => {
  const chosen = sample.goals[goal]
  expect(chosen && chooseTurn(chosen, { mode, turn, history: [...history] })).toMatchObject(expected)
})

test('a turn beyond the script is a failure that says how many there are', () => {
  const [goal] = sample.goals
  expect(() => goal && chooseTurn(goal, { mode: 'work', turn: 3, history: [said, said] })).toThrow(
    /has 2 turns of mode work/,
  )
})

test.each([
  [undefined, /no script/],
  ['{', /no JSON/],
  [JSON.stringify({ version: 2, goals: [] }), /version/],
  [
    JSON.stringify({ version: 1, goals: [{ match: 'a', turns: [{ edits: [{ path: 'x', oops: 1 }] }] }] }),
    /goals\.0\.turns\.0\.edits/,
  ],
  [
    JSON.stringify({ version: 1, goals: [{ match: 'a', turns: [{ mode: 'plan', run: ['x'] }] }] }),
    /changes nothing/,
  ],
])('a wrong script is a reason, not an exception: %s', (text, reason) => {
  const parsed = parseScript(text)
  expect(parsed).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
})
