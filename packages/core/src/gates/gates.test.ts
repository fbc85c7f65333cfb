import { describe, expect, test } from 'vitest'
import { decideMerge, type GateReason, type MergeFacts, policyFilesIn } from './merge-gate.ts'

const facts: MergeFacts = {
  requiredChecks: ['validate'],
  checks: [{ name: 'validate', conclusion: 'success', summary: 'Everything passed.' }],
  policyFiles: [],
  headCommit: 'head',
  approvedCommit: null,
  autoMerge: true,
  mergeRequested: false,
}

describe('the merge gate', () => {
  const cases: [string, Partial<MergeFacts>, string, string | null][] = [
    ['all green and auto-merge on', {}, 'merge', null],
    ['a check without a result', { checks: [] }, 'blocked', null],
    [
      'a red check',
      { checks: [{ name: 'validate', conclusion: 'failure', summary: 'no' }] },
      'blocked',
      null,
    ],
    [
      'a skipped check is no proof',
      { checks: [{ name: 'validate', conclusion: 'skipped', summary: '' }] },
      'blocked',
      null,
    ],
    ['edited policy', { policyFiles: ['.github/workflows/x.yml'] }, 'wait', 'approval'],
    [
      'policy approved for an older head',
      { policyFiles: ['a'], approvedCommit: 'older' },
      'wait',
      'approval',
    ],
    ['policy approved for this head', { policyFiles: ['a'], approvedCommit: 'head' }, 'merge', null],
    ['auto-merge off', { autoMerge: false }, 'wait', 'merge'],
    ['auto-merge off, asked for', { autoMerge: false, mergeRequested: true }, 'merge', null],
    [
      'asked for, but policy is not approved',
      { mergeRequested: true, policyFiles: ['a'] },
      'wait',
      'approval',
    ],
    ['asked for, but red', { mergeRequested: true, checks: [] }, 'blocked', null],
  ]
  test.each(cases)('%s', (_name, change, decision, waitingFor) => {
    const decided = decideMerge({ ...facts, ...change })
    expect(decided).toMatchObject({ decision, waitingFor })
    expect(decided.reasons).toHaveLength(3)
    expect(decided.reasons.every((reason) => reason.text.length > 0)).toBe(true)
  })

  test('no required check at all leaves policy and permission', () => {
    expect(decideMerge({ ...facts, requiredChecks: [], checks: [] }).decision).toBe('merge')
  })

  test('policy is found in any case of letters', () => {
    const paths = [
      '.GitHub/Workflows/a.yml',
      '.signalbox/agent-script.json',
      'src/.github/workflows/a.yml',
      '.gitmodules',
    ]
    expect(policyFilesIn(paths)).toEqual([
      '.GitHub/Workflows/a.yml',
      '.signalbox/agent-script.json',
      '.gitmodules',
    ])
  })
})

test('a link in place of a policy folder is an edit of policy', () => {
  const links = ['.signalbox', '.github', '.github/workflows', '.GitHub/actions']
  expect(policyFilesIn([...links, '.github/CODEOWNERS', '.signalboxes', 'x/.signalbox/a'])).toEqual(links)
})

describe('what the merge gate tells a person', () => {
  const told = (change: Partial<MergeFacts>) => decideMerge({ ...facts, ...change }).reasons
  const policy = ['.github/workflows/a.yml', '.signalbox/b']

  test.each<[string, Partial<MergeFacts>, GateReason]>([
    [
      'a check that has not run',
      { checks: [] },
      { name: 'validate', state: 'waiting', text: 'The required check "validate" has no result yet.' },
    ],
    [
      'the words of a check that passed',
      {},
      { name: 'validate', state: 'green', text: 'Everything passed.' },
    ],
    [
      'a check without words that passed as neutral',
      { checks: [{ name: 'validate', conclusion: 'neutral', summary: '' }] },
      { name: 'validate', state: 'green', text: 'The check "validate" ended as neutral.' },
    ],
    [
      'a check that no workflow had to make',
      { checks: [{ name: 'validate', conclusion: 'skipped', summary: 'Skipped.', excused: true }] },
      { name: 'validate', state: 'green', text: 'Skipped.' },
    ],
    [
      'a check that a condition skipped',
      { checks: [{ name: 'validate', conclusion: 'skipped', summary: 'Skipped.' }] },
      { name: 'validate', state: 'red', text: 'Skipped.' },
    ],
    [
      'a check without words that did not pass',
      { checks: [{ name: 'validate', conclusion: 'timed_out', summary: '' }] },
      { name: 'validate', state: 'red', text: 'The check "validate" ended as timed_out.' },
    ],
    [
      'that no policy is edited',
      {},
      { name: 'policy unchanged', state: 'green', text: 'It edits no workflow, gate or policy.' },
    ],
    [
      'which edits of policy wait for a person',
      { policyFiles: policy },
      {
        name: 'policy unchanged',
        state: 'waiting',
        text: 'It edits .github/workflows/a.yml, .signalbox/b; a person must approve that.',
      },
    ],
    [
      'which edits of policy a person approved',
      { policyFiles: policy, approvedCommit: 'head' },
      {
        name: 'policy unchanged',
        state: 'green',
        text: 'A person approved its edits of .github/workflows/a.yml, .signalbox/b.',
      },
    ],
    [
      'that nobody has to press anything',
      {},
      { name: 'permission to merge', state: 'green', text: 'Auto-merge is on for this project.' },
    ],
    [
      'that a person asked',
      { autoMerge: false, mergeRequested: true },
      { name: 'permission to merge', state: 'green', text: 'A person asked to merge it.' },
    ],
    [
      'that a person has to press Merge',
      { autoMerge: false },
      {
        name: 'permission to merge',
        state: 'waiting',
        text: 'Auto-merge is off: a person presses Merge.',
      },
    ],
  ])('%s', (_name, change, reason) => {
    expect(told(change)).toContainEqual(reason)
  })

  test('one reason a required check, in the order of the settings, then policy, then permission', () => {
    const checks: MergeFacts['checks'] = [
      { name: 'other', conclusion: 'failure', summary: 'not required' },
      { name: 'lint', conclusion: 'success', summary: 'clean' },
      { name: 'validate', conclusion: 'success', summary: 'passed' },
    ]
    const decided = decideMerge({ ...facts, requiredChecks: ['validate', 'lint'], checks })
    expect(decided.reasons.map(({ name }) => name)).toEqual([
      'validate',
      'lint',
      'policy unchanged',
      'permission to merge',
    ])
    expect(decided.decision).toBe('merge')
  })

  test('one required check of two that is not green blocks', () => {
    expect(decideMerge({ ...facts, requiredChecks: ['validate', 'lint'] }).decision).toBe('blocked')
  })
})

test('only these paths are policy, as a whole and from the root of the repository', () => {
  const policy = ['.github/actions/a/action.yml', '.gitmodules', '.signalbox/x/y']
  const others = ['.github/workflows.md', 'x/.gitmodules', '.gitmodules.bak', 'a.github', 'src/.github']
  expect(policyFilesIn([...policy, ...others])).toEqual(policy)
})
