import { describe, expect, it } from 'vitest'
import { compileMatcher } from './compile.ts'
import { parseMatchers } from './config.ts'
import { createJobMatchers } from './job-matchers.ts'
import { compact, fixedMatchers, matcherFile, stylish, typescript } from './matchers.fixture.ts'
import { createProblemReader } from './problem-reader.ts'

/** What a job with these matchers reads from lines. */
function read(lines: string[], ...matchers: unknown[]) {
  const reader = createProblemReader(fixedMatchers(...matchers))
  return lines.flatMap((line) => reader.read(line) ?? [])
}

describe('a problem', () => {
  it('stands in one line, with its place, its rule and its severity', () => {
    expect(
      read(
        [
          'src/a.ts(3,15): error TS2304: Cannot find name x.',
          'nothing of interest',
          '\u001b[96msrc/b c.ts\u001b[0m(4,1): \u001b[93mwarning\u001b[0m TS6133: y is declared.',
        ],
        typescript,
      ),
    ).toEqual([
      {
        level: 'error',
        message: 'Cannot find name x.',
        title: 'TS2304',
        file: 'src/a.ts',
        line: 3,
        column: 15,
      },
      {
        level: 'warning',
        message: 'y is declared.',
        title: 'TS6133',
        file: 'src/b c.ts',
        line: 4,
        column: 1,
      },
    ])
  })

  it('stands in several lines, of which the last may come again', () => {
    const found = read(
      [
        '/workspace/src/a.js',
        '  1:10  error    x is not defined   no-undef',
        '  5:2   warning  too long           max-len',
        '',
        '/workspace/src/b.js',
        '  7:1  error  again  no-undef',
        'a line between',
        'another',
        '  8:1  error  of another file  no-undef',
      ],
      stylish,
    )
    expect(found.map(({ file, line, level, message, title }) => [file, line, level, message, title])).toEqual(
      [
        ['/workspace/src/a.js', 1, 'error', 'x is not defined', 'no-undef'],
        ['/workspace/src/a.js', 5, 'warning', 'too long', 'max-len'],
        ['/workspace/src/b.js', 7, 'error', 'again', 'no-undef'],
        ['another', 8, 'error', 'of another file', 'no-undef'],
      ],
    )
  })

  it('has one word for its severity whatever its case, and none that GitHub does not know', () => {
    const found = read(
      [
        'a.js: line 3, col 5, Error - bad thing (rule-a)',
        'a.js: line 4, col 6, Warning - odd thing (rule-b)',
        'a.js: line 5, col 7, Info - some thing (rule-c)',
      ],
      compact,
    )
    expect(found.map(({ level, line }) => [level, line])).toEqual([
      ['error', 3],
      ['warning', 4],
    ])
  })

  it('takes severity and path from its matcher where the line has none, and is none without a message', () => {
    const plain = { regexp: '^(\\S+)!(.*)$', file: 1, message: 2 }
    expect(read(['a.cs!x', 'a.cs!  '], { owner: 'o', pattern: [plain] })).toMatchObject([{ level: 'error' }])
    const matcher = { owner: 'o', severity: 'Notice', fromPath: 'lib/x.csproj', pattern: [plain] }
    expect(read(['a.cs!x', '/abs/a.cs!x'], matcher)).toMatchObject([
      { level: 'notice', file: 'lib/a.cs' },
      { level: 'notice', file: '/abs/a.cs' },
    ])
    const from = { regexp: '^(\\S+)!(.*)!(.*)$', file: 1, message: 2, fromPath: 3 }
    expect(read(['a.cs!x!app/y.csproj'], { ...matcher, pattern: [from] })).toMatchObject([
      { file: 'app/a.cs' },
    ])
  })

  it('ends what other matchers began', () => {
    const begun = { owner: 'two', pattern: [{ regexp: '^BEGIN$' }, { regexp: '^(.*) END$', message: 1 }] }
    const other = { owner: 'one', pattern: [{ regexp: '^bad: (.*)$', message: 1 }] }
    expect(read(['BEGIN', 'x END'], begun, other)).toHaveLength(1)
    expect(read(['BEGIN', 'bad: thing', 'x END'], begun, other)).toMatchObject([{ message: 'thing' }])
  })

  it('is not looked for in lines that no person reads', () => {
    expect(read([`src/a.ts(3,15): error TS1: ${'x'.repeat(5000)}`], typescript)).toEqual([])
  })
})

describe('the file of a matcher', () => {
  const one = (pattern: unknown, rest = {}) => matcherFile({ owner: 'o', pattern, ...rest })
  const ok = { regexp: '(.)(.)', message: 1 }
  it.each([
    ['no JSON', '{', 'it is no JSON'],
    ['no owner', matcherFile({ pattern: [ok] }), 'owner'],
    ['an empty owner', matcherFile({ owner: '', pattern: [ok] }), 'owner'],
    ['no pattern', one([]), 'pattern'],
    ['a severity that is none', one([ok], { severity: 'fatal' }), 'severity'],
    ['no message', one([{ regexp: '.', file: 0 }]), 'no pattern names message'],
    ['a field twice', one([ok, { ...ok, loop: true }]), 'message is named twice'],
    ['a loop of one', one([{ ...ok, loop: true }]), 'only the last of several'],
    ['a loop in the middle', one([{ regexp: '.' }, { ...ok, loop: true }, { regexp: '.' }]), 'only the last'],
    ['a loop without message', one([ok, { regexp: '.', loop: true }]), 'must name message'],
    [
      'two of one owner',
      matcherFile({ owner: 'a', pattern: [ok] }, { owner: 'A', pattern: [ok] }),
      'two matchers',
    ],
    ['a long expression', one([{ ...ok, regexp: 'x'.repeat(3000) }]), 'regexp'],
  ])('is refused with %s', (_name, text, why) => {
    expect(() => parseMatchers(text)).toThrow(why)
  })

  it('may name nothing at all, and begin with a byte order mark', () => {
    expect(parseMatchers('\uFEFF{}')).toEqual([])
  })

  it('is refused with a group that there is not', () => {
    const [config] = parseMatchers(one([{ regexp: '(.)', message: 2 }]))
    expect(() => config && compileMatcher(config)).toThrow('names group 2')
  })

  it.each(['(?=a)b', '(a)\\1', '(((a{100}){100}){100})', '('])(
    'is left out with the expression %s',
    (regexp) => {
      const [config] = parseMatchers(one([{ regexp, message: 0 }]))
      expect(config && compileMatcher(config)).toHaveProperty('leftOut')
    },
  )
})

describe('the matchers of a job', () => {
  const files: Record<string, string> = {}
  const sandbox = {
    readFile: async (path: string) => {
      const text = files[path]
      return text === undefined ? undefined : new TextEncoder().encode(text)
    },
  }
  const owners = (job: ReturnType<typeof createJobMatchers>) => job.active.map((matcher) => matcher.owner)

  it('come from files of the workspace or of an action, replace their like, and go by owner or file', async () => {
    files['/workspace/.github/a.json'] = matcherFile(typescript, compact)
    files['/opt/action/b.json'] = matcherFile({ ...stylish, owner: 'TSC' })
    const job = createJobMatchers(() => sandbox)
    expect(await job.addFile('.github/a.json')).toEqual([])
    await job.addFile('/opt/action/b.json')
    expect(owners(job)).toEqual(['TSC', 'compact'])
    job.remove(['Compact'])
    expect(owners(job)).toEqual(['TSC'])
    await job.removeFile('.github/a.json')
    expect(owners(job)).toEqual([])
    await expect(job.addFile('none.json')).rejects.toThrow('none.json: there is no such file')
  })

  it('are at most a hundred, and those that cannot run in time are left out with a word', async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ ...typescript, owner: `o${from + at}` }))
    const job = createJobMatchers(() => sandbox)
    for (const from of [0, 40, 80]) {
      files[`/workspace/${from}.json`] = matcherFile(...many(from, 40))
      const warnings = await job.addFile(`${from}.json`)
      expect(warnings).toHaveLength(from === 80 ? 20 : 0)
    }
    expect(job.active).toHaveLength(100)
    files['/workspace/look.json'] = matcherFile({ owner: 'x', pattern: [{ regexp: '(?!a)b', message: 0 }] })
    expect(await job.addFile('look.json')).toEqual([expect.stringContaining('x is left out')])
  })

  it('are taken away when they cost more than a line is worth', () => {
    const job = createJobMatchers(() => sandbox)
    for (let n = 0; n < 10_000; n++) expect(job.spent(0.1)).toBe(false)
    expect(job.spent(5000)).toBe(true)
  })
})

describe('hostile expressions', () => {
  it.each([
    ['^(a+)+$', `${'a'.repeat(4000)}!`],
    ['^(a|a)*$', `${'a'.repeat(4000)}!`],
    ['^(.*)*x(.*)*y(.*)*z$', 'x'.repeat(4000)],
    ['(x+x+)+y', 'x'.repeat(4000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(4000)],
    ['(.*){1,32}[bc]', 'a'.repeat(4000)],
  ])('%s takes no more time than the line is long', (regexp, line) => {
    const reader = createProblemReader(fixedMatchers({ owner: 'evil', pattern: [{ regexp, message: 0 }] }))
    const startedAt = performance.now()
    for (let n = 0; n < 20; n++) reader.read(line)
    expect(performance.now() - startedAt).toBeLessThan(4000)
  })
})
