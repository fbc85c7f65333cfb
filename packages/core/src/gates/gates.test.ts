import { describe, expect, test } from 'vitest'
import { excerptOf } from './evidence.ts'
import { decideMerge, type MergeFacts, policyFilesIn } from './merge-gate.ts'

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

describe('the excerpt of a failure', () => {
  test('without a telling word the end of the log tells two failures apart', () => {
    const said = (line: string, reason: string | null = null) =>
      excerptOf({ job: 'validate', step: 'Test', exitCode: 1, reason, lines: [line, 'Error: exit code 1'] })
        .fingerprintSource
    expect(said('the word one is wrong')).not.toBe(said('the word two is wrong'))
    expect(said('took 12 ms')).toBe(said('took 345 ms'))
    expect(said('x', 'the app never listened on port 3000')).not.toBe(said('x', 'answered HTTP 500'))
  })

  const failure = {
    job: 'validate',
    step: 'Test',
    exitCode: 1,
    reason: null,
    lines: ['ok 1', 'not ok 2 - hours', 'done'],
  }

  test('names the step, the exit code and the first telling line', () => {
    expect(excerptOf(failure).summary).toBe('Test failed with exit code 1: not ok 2 - hours')
  })

  test('prefers the engine’s own words, but not a bare exit code', () => {
    expect(excerptOf({ ...failure, reason: 'Nothing listened on port 3000.' }).summary).toContain('port 3000')
    expect(excerptOf({ ...failure, reason: 'exit code 1' }).summary).toContain('not ok 2')
  })

  test('drops colours and keeps to its bounds', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `\u001b[31mline ${i} ${'x'.repeat(200)}\u001b[0m`)
    const { text } = excerptOf({ ...failure, lines })
    expect(text).not.toContain('\u001b')
    expect(text.length).toBeLessThanOrEqual(8000)
  })

  test('a telling line in the middle of a long log is kept with its neighbours', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `line ${i}`)
    lines[100] = 'AssertionError: expected 2 h, actual 3 h'
    const { text } = excerptOf({ ...failure, lines })
    expect(text).toContain('line 99')
    expect(text).toContain('AssertionError')
    expect(text).toContain('lines left out')
    expect(text).toContain('line 499')
  })

  test('the same failure has the same fingerprint whatever its times, ids and paths', () => {
    const one = excerptOf({ ...failure, lines: ['error in /tmp/a1/x.js at 12:01:55 (id 5f3a9bc1d2)'] })
    const two = excerptOf({ ...failure, lines: ['error in /tmp/b2/y.js at 13:44:02 (id 77aa90bb1c)'] })
    expect(one.fingerprintSource).toBe(two.fingerprintSource)
    const other = excerptOf({ ...failure, lines: ['error: cannot find module'] })
    expect(other.fingerprintSource).not.toBe(one.fingerprintSource)
  })
})
