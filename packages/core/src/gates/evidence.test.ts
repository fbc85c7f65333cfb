import { describe, expect, test } from 'vitest'
import { excerptOf, type FailureFacts } from './evidence.ts'

const failure: FailureFacts = {
  job: 'validate',
  step: 'Test',
  exitCode: 1,
  reason: null,
  lines: ['ok 1', 'not ok 2 - hours', 'done'],
}
const excerpt = (more: Partial<FailureFacts>) => excerptOf({ ...failure, ...more })
/** A log of so many lines that say nothing, but for those given by their place. */
function log(length: number, said: Record<number, string> = {}): string[] {
  return Array.from({ length }, (_, n) => said[n] ?? `line ${n}`)
}

describe('the summary of a failure', () => {
  test.each<[string, Partial<FailureFacts>, string]>([
    [
      'names step, exit code and the first telling line',
      {},
      'Test failed with exit code 1: not ok 2 - hours',
    ],
    [
      'has the line without the space around it',
      { lines: ['  Error: no  \t'] },
      'Test failed with exit code 1: Error: no',
    ],
    ['ends where no line tells anything', { lines: ['ok 1'] }, 'Test failed with exit code 1.'],
    [
      'has no exit code where there was none',
      { exitCode: null, lines: ['Error: no'] },
      'Test failed: Error: no',
    ],
    ['is all that is known of a silent failure', { exitCode: null, lines: [] }, 'Test failed.'],
    [
      'prefers the engine’s own words',
      { reason: 'Nothing listened on port 3000.' },
      'Test failed with exit code 1: Nothing listened on port 3000.',
    ],
    [
      'passes over engine’s words that say the exit code alone',
      { reason: 'exit code 1' },
      'Test failed with exit code 1: not ok 2 - hours',
    ],
    ['passes over an empty reason', { reason: '' }, 'Test failed with exit code 1: not ok 2 - hours'],
  ])('%s', (_name, more, summary) => {
    expect(excerpt(more).summary).toBe(summary)
  })

  test('is cut at 300 characters, and then ends in an ellipsis', () => {
    const start = 'Test failed with exit code 1: '
    const fits = 'x'.repeat(300 - start.length)
    expect(excerpt({ reason: fits }).summary).toBe(`${start}${fits}`)
    expect(excerpt({ reason: `${fits}y` }).summary).toBe(`${start}${fits.slice(1)}…`)
  })
})

test.each([
  'error: no such file',
  'ERROR',
  'it failed',
  'a failure',
  '1 failing',
  'tests fail',
  'AssertionError [ERR_ASSERTION]: assert',
  'assertEquals',
  'expected 2',
  'actual 3',
  'an exception',
  'panic: runtime',
  'cannot find module',
  'not ok 2',
  'undefined is no function',
  'connection refused',
  'permission denied',
  'time out',
  'timed out',
  'timeout',
  '✖ hours',
  '✗ hours',
  '× hours',
])('"%s" tells what went wrong', (line) => {
  expect(excerpt({ lines: ['first', line, 'last'] }).summary).toBe(`Test failed with exit code 1: ${line}`)
})

test.each(['terrors of old', 'failover is on', 'a factual note', 'unexpectedly', 'cannoth', 'ok 2'])(
  '"%s" tells nothing',
  (line) => {
    expect(excerpt({ lines: [line] }).summary).toBe('Test failed with exit code 1.')
  },
)

describe('the text of a failure', () => {
  test('is the whole log when that is short, without colours, titles and links of a terminal', () => {
    const lines = [
      '\u001b[31mred\u001b[0m and \u001b[1;4mbold\u001b[m  ',
      '\u001b]0;a title\u0007after',
      '\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\',
      '\u001b[?25lhidden cursor',
    ]
    expect(excerpt({ lines }).text).toBe('red and bold\nafter\nlink\nhidden cursor')
  })

  test.each(['exit code 1', 'Error: exit code 1', 'Exit code 127.', 'ERROR: exit code 2.'])(
    'leaves out the line "%s", which is told already',
    (line) => {
      expect(excerpt({ lines: ['before', line] }).text).toBe('before')
    },
  )

  test.each(['it had exit code 1', 'exit code 1 of make', 'exit code', 'exit code x', 'exit code 1!!'])(
    'keeps the line "%s", which says more',
    (line) => {
      expect(excerpt({ lines: ['before', line] }).text).toBe(`before\n${line}`)
    },
  )

  test('begins with the engine’s own words and an empty line', () => {
    expect(excerpt({ reason: 'No answer.', lines: ['a', 'b'] }).text).toBe('No answer.\n\na\nb')
  })

  test('has all of 80 lines, and of more the last 20 and how many are left out', () => {
    expect(excerpt({ lines: log(80) }).text).toBe(log(80).join('\n'))
    expect(excerpt({ lines: log(81) }).text).toBe(['… 61 lines left out …', ...log(81).slice(61)].join('\n'))
  })

  test('has two lines before a telling one and four after it, and says what is missing in between', () => {
    const { text } = excerpt({ lines: log(200, { 100: 'Error: no' }) })
    expect(text.split('\n')).toEqual([
      '… 98 lines left out …',
      ...['line 98', 'line 99', 'Error: no', 'line 101', 'line 102', 'line 103', 'line 104'],
      '… 75 lines left out …',
      ...log(200).slice(180),
    ])
  })

  test('has nothing from before the log’s beginning or after its end', () => {
    const { text } = excerpt({ lines: log(200, { 0: 'Error: first', 199: 'Error: last' }) })
    expect(text.split('\n')).toEqual([
      ...['Error: first', 'line 1', 'line 2', 'line 3', 'line 4'],
      '… 175 lines left out …',
      ...log(200, { 199: 'Error: last' }).slice(180),
    ])
  })

  test('says of one line that it is left out as of many', () => {
    const { text } = excerpt({ lines: log(100, { 3: 'Error: no' }) })
    expect(text).toMatch(/^… 1 line left out …\nline 1\n/)
  })

  test('says nothing of a gap where there is none', () => {
    const { text } = excerpt({ lines: log(100, { 75: 'Error: no' }) })
    expect(text.split('\n')).toEqual(['… 73 lines left out …', ...log(100, { 75: 'Error: no' }).slice(73)])
  })

  test('has 80 lines of a log at most, the first telling ones and its end', () => {
    const lines = log(500).map((line, n) => (n < 480 ? `Error: ${n}` : line))
    expect(excerpt({ lines }).text.split('\n')).toEqual([
      ...lines.slice(0, 60),
      '… 420 lines left out …',
      ...lines.slice(480),
    ])
  })

  test('has 8000 characters at most, and then ends in an ellipsis', () => {
    expect(excerpt({ lines: ['x'.repeat(8000)] }).text).toBe('x'.repeat(8000))
    expect(excerpt({ lines: ['x'.repeat(8001)] }).text).toBe(`${'x'.repeat(7999)}…`)
  })
})

describe('the fingerprint of a failure', () => {
  const source = (more: Partial<FailureFacts>) => excerpt(more).fingerprintSource
  const said = (line: string) => source({ lines: [line] })

  test('is of job, step, exit code, the engine’s words and the telling lines', () => {
    expect(source({ reason: 'No answer.\nTwice.' })).toBe(
      'validate\nTest\n1\nNo answer.\nTwice.\nnot ok 0 - hours',
    )
    expect(source({ exitCode: null })).toBe('validate\nTest\nnull\nnot ok 0 - hours')
  })

  test.each([
    ['times', 'error at 12:01:55', 'error at 13:44:02'],
    ['durations', 'failed after 12.5 ms', 'failed after 9 ms'],
    ['ids', 'error 5f3a9bc1d2', 'error 77AA90BB1C55'],
    ['addresses', 'panic at 0xc0ffee', 'panic at 0x1'],
    ['paths', 'error in /tmp/a1/x-1.test.js', 'error in /home/@me/b_2/y.js'],
    ['space around it', '   error', 'error  '],
  ])('is the same whatever %s it names', (_name, one, two) => {
    expect(said(one)).toBe(said(two))
  })

  test('has a sign in place of what it leaves out', () => {
    expect(said('error 0xff of 5f3a9bc1d2 in /tmp/x.js after 12.55 ms')).toBe(
      'validate\nTest\n1\nerror # of # in /… after 0 ms',
    )
  })

  test('differs where other words tell what went wrong', () => {
    expect(said('error: cannot find module')).not.toBe(said('error: not a function'))
    expect(said('error: deface')).not.toBe(said('error: facade'))
  })

  test('without a telling word is of the last 20 lines, so that two failures are told apart', () => {
    expect(said('the word one is wrong')).not.toBe(said('the word two is wrong'))
    const ended = ['before', ...Array.from({ length: 20 }, () => 'after'), 'Error: exit code 1']
    expect(source({ lines: ended })).toBe(`validate\nTest\n1\n${'after\n'.repeat(20).trimEnd()}`)
  })

  test('is of no more than the first 40 telling lines, and of no others', () => {
    const many = Array.from({ length: 50 }, (_, n) => `error ${n < 40 ? 'early' : 'late'}`)
    expect(source({ lines: ['quiet', ...many] })).toBe(
      `validate\nTest\n1\n${'error early\n'.repeat(40).trimEnd()}`,
    )
  })
})
