import { expect, test } from 'vitest'
import { type Block, parseMarkdown, safeAddress } from './markdown.ts'
import { isPlain } from './plain-text.ts'

/** Everything of a kind anywhere below. */
function allOf(kind: string, value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap((item) => allOf(kind, item))
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap((item) => allOf(kind, item))
  return 'kind' in value && value.kind === kind ? [value, ...below] : below
}

/** What a person reads of it. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join('')
  if (typeof value !== 'object' || value === null) return ''
  if ('text' in value) return String(value.text)
  return Object.values(value).map(wordsOf).join('')
}

test('headings, tables, lists, quotes and code are what they look like', () => {
  const text = `# Results

| suite | passed |
|:------|-------:|
| unit  | **12** |

1. one
2. two
   - [x] done
   - [ ] open

> quoted

\`\`\`js
const a = '<b>'
\`\`\`
---
`
  const blocks = parseMarkdown(text)
  expect(blocks.map(({ kind }) => kind)).toEqual(['heading', 'table', 'list', 'quote', 'code', 'rule'])
  expect(blocks[0]).toEqual({ kind: 'heading', level: 1, parts: [{ kind: 'text', text: 'Results' }] })
  expect(blocks[1]).toMatchObject({
    align: ['left', 'right'],
    rows: [[[{ kind: 'text', text: 'unit' }], [{ kind: 'strong', parts: [{ kind: 'text', text: '12' }] }]]],
  })
  expect(blocks[2]).toMatchObject({ ordered: true, start: 1 })
  const tasks = allOf('list', blocks[2])[1]?.['items']
  expect(tasks).toMatchObject([{ done: true }, { done: false }])
  expect(blocks[4]).toEqual({ kind: 'code', text: "const a = '<b>'" })
})

test('addresses lead to the web or to a letter, and to nothing else', () => {
  const hostile = [
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](&#106;avascript:alert(1))',
    '[a](java\tscript:alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '[a](vbscript:x)',
    '[a](file:///etc/passwd)',
    '[a](//example.org/x)',
    '[a](/api/session)',
    '<javascript:alert(1)>',
    '![a](javascript:alert(1))',
    '[a]: javascript:alert(1)\n\n[a]',
  ]
  for (const text of hostile) expect([text, allOf('link', parseMarkdown(text))]).toEqual([text, []])
  expect(
    allOf('link', parseMarkdown('[a](https://example.org/x) http://example.org')).map(({ href }) => href),
  ).toEqual(['https://example.org/x', 'http://example.org/'])
  expect(safeAddress('mailto:a@example.org')).toBe('mailto:a@example.org')
  expect(safeAddress('https://')).toBeUndefined()
})

test('HTML is text, an image a link to it, a comment nothing', () => {
  const text = `<script>alert(1)</script>

<img src=x onerror=alert(1)> and <b onclick="x">bold</b> ![chart](https://example.org/c.png)

<!-- hidden -->
`
  const blocks = parseMarkdown(text)
  expect(wordsOf(blocks)).toContain('<script>alert(1)</script>')
  expect(wordsOf(blocks)).toContain('<b onclick="x">bold</b>')
  expect(wordsOf(blocks)).not.toContain('hidden')
  expect(allOf('link', blocks)).toMatchObject([{ href: 'https://example.org/c.png' }])
})

test('entities are the characters that they stand for', () => {
  expect(wordsOf(parseMarkdown('a &lt;b&gt; &amp;amp; &quot;c&quot; `&lt;`'))).toBe('a <b> &amp; "c" &lt;')
})

const deep = (text: string, times: number) => text.repeat(times)
const hostileSizes: [string, string][] = [
  ['quotes', deep('>', 20_000)],
  [
    'lists',
    Array.from({ length: 2000 }, (_, at) => `${' '.repeat(at)}- x`)
      .join('\n')
      .slice(0, 65_536),
  ],
  ['brackets', deep('[', 65_536)],
  ['closed brackets', deep('[a](', 16_000)],
  ['stars', deep('*a ', 20_000)],
  ['emphasis', deep('**a*_b_', 9000)],
  ['ticks', Array.from({ length: 350 }, (_, at) => '`'.repeat(at)).join(' ')],
  ['tags', deep('<a ', 20_000)],
  ['comments', deep('<!--', 16_000)],
  ['a wide table', `|${deep('a|', 8000)}\n|${deep('-|', 8000)}\n|${deep('b|', 8000)}`],
  ['a long table', `|a|\n|-|\n${deep('|b|\n', 16_000)}`],
  ['spaces', `a${deep(' ', 65_000)}b`],
  ['definitions', deep('[a]: b\n\nc\n', 7000)],
  ['underscores', deep('_', 65_536)],
  ['addresses', deep('http://a.', 7000)],
  ['e-mail', deep('a@', 30_000)],
]
test.each(hostileSizes)('a hostile text of %s is read in bounded time and keeps its words', (_, text) => {
  const began = performance.now()
  const blocks: Block[] = parseMarkdown(text)
  expect(performance.now() - began).toBeLessThan(2000)
  expect(blocks.length).toBeGreaterThan(0)
})

test('what has no mark of Markdown needs no reader', () => {
  expect(isPlain('Just a sentence, nothing else.')).toBe(true)
  for (const text of [
    '# a',
    '- a',
    '1. a',
    'a\nb',
    '`a`',
    '**a**',
    'see https://example.org',
    '| a |',
    '&lt;',
  ]) {
    expect([text, isPlain(text)]).toEqual([text, false])
  }
})
