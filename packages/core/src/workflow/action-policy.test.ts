import { expect, it } from 'vitest'
import { formatDiagnostic } from '../base/diagnostics.ts'
import { type ActionPolicy, actionRefusal, checkActions } from './action-policy.ts'
import { actionReference } from './action-reference.ts'
import { formatActionsLock, parseActionsLock } from './actions-lock.ts'
import { parseWorkflow } from './parse.ts'

const commit = 'a'.repeat(40)

function refused(uses: string, policy: Partial<ActionPolicy>, lock = new Map<string, string>()) {
  const reference = actionReference(uses)
  if (!reference) throw new Error(uses)
  return actionRefusal({ allow: ['*'], pinRequired: 'never', ...policy }, reference, lock)?.code
}

it.each([
  ['actions/cache@v4', ['actions/*'], true],
  ['Actions/Cache@v4', ['actions/*'], true],
  ['actions-evil/cache@v4', ['actions/*'], false],
  ['team/tool/folder@v1', ['team/tool'], true],
  ['team/tools@v1', ['team/tool'], false],
  ['team/tool@v1.2', ['team/tool@v1*'], true],
  ['team/tool@v2', ['team/tool@v1*', 'other/*'], false],
  ['team/tool@v2', ['*'], true],
  ['team/tool-a@v2', ['team/*-a@*'], true],
  ['team/tool@v2', [], false],
  ['https://git.example.org/a/b@v1', ['*', 'a/*'], false],
  ['https://git.example.org/a/b@v1', ['https://git.example.org/*'], true],
  ['https://git.example.org.evil/a/b@v1', ['https://git.example.org/*'], false],
])('%s with %j is allowed: %s', (uses, allow, may) => {
  expect(refused(uses, { allow })).toBe(may ? undefined : 'action-not-allowed')
})

it('wants a commit or an entry of the lock where that is asked for', () => {
  expect(refused('team/a@v1', { pinRequired: 'always' })).toBe('action-not-pinned')
  expect(refused(`team/a@${commit}`, { pinRequired: 'always' })).toBeUndefined()
  expect(
    refused('team/a/sub@v1', { pinRequired: 'always' }, new Map([['team/a@v1', commit]])),
  ).toBeUndefined()
  expect(refused('actions/a@v1', { pinRequired: 'third-party' })).toBeUndefined()
  expect(refused('team/a@v1', { pinRequired: 'third-party' })).toBe('action-not-pinned')
  expect(refused('actions/a@v1', { pinRequired: 'always' })).toBe('action-not-pinned')
})

it('names the place of each action that a workflow may not use', () => {
  const { workflow } = parseWorkflow(
    '.github/workflows/ci.yml',
    `on: push
jobs:
  t:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Tool
        uses: team/tool@v1
      - uses: ./own
`,
  )
  if (!workflow) throw new Error('not read')
  const said = checkActions(workflow, {
    policy: { allow: ['actions/*'], pinRequired: 'third-party' },
    lock: undefined,
    isBuiltin: (uses) => uses.startsWith('actions/checkout@'),
  })
  expect(said.map((d) => formatDiagnostic(d).split('\n')[0])).toEqual([
    '.github/workflows/ci.yml:8:15: error: the project does not allow the action team/tool@v1 (action-not-allowed)',
  ])
})

it('writes a lock that it reads again, and takes no half one', () => {
  const lock = new Map([
    ['team/b@v1', commit],
    ['actions/a@v4', 'b'.repeat(40)],
  ])
  const text = formatActionsLock(lock)
  expect(text.split('\n').slice(3, 5)).toEqual([
    `    "actions/a@v4": "${'b'.repeat(40)}",`,
    `    "team/b@v1": "${commit}"`,
  ])
  expect(new Map(parseActionsLock('actions.lock', text).lock)).toEqual(lock)
  const wrong = (content: string) => {
    const { lock: read, diagnostics } = parseActionsLock('actions.lock', content)
    expect(read).toBeUndefined()
    return formatDiagnostic(diagnostics[0] ?? never()).split('\n')[0]
  }
  expect(wrong('{"version": 2, "actions": {}}')).toBe(
    'actions.lock:1:13: error: this is no lock file of version 1 (unknown-version)',
  )
  expect(wrong('{"version": 1,\n "actions": {"team/b@v1": "abc"}}')).toContain(
    'actions.lock:2:14: error: team/b@v1 is not',
  )
  expect(wrong(`{"version": 1, "actions": {"team/b/sub@v1": "${commit}"}}`)).toContain('invalid-lock')
  expect(wrong('{"version": 1, "action": {}}')).toContain('unknown-key')
  expect(wrong('[')).toContain('invalid-yaml')
  expect(wrong('7')).toContain('wrong-type')
})

function never(): never {
  throw new Error('nothing was said')
}
