import { expect, test } from 'vitest'
import { type CommentInMessage, commentMessage, maxMessageChars } from './comment-message.ts'

function comment(id: string, more: Partial<CommentInMessage> = {}): CommentInMessage {
  return {
    id,
    commit_id: 'a'.repeat(40),
    path: 'src/b.js',
    side: 'new',
    start_line: 3,
    end_line: 3,
    quote: 'const a = 1',
    body: 'Why one?',
    ...more,
  }
}

test('comments stand in the order of files and lines, with the code that they are about', () => {
  const { text, ids } = commentMessage(
    [
      comment('late', { start_line: 9, end_line: 12, side: 'old' }),
      comment('early'),
      comment('first', { path: 'a.js' }),
    ],
    'Please also run the tests.',
  )
  expect(ids).toEqual(['first', 'early', 'late'])
  expect(text).toContain('Please also run the tests.')
  expect(text).toContain('`src/b.js`, line 3:\n```\nconst a = 1\n```\nWhy one?')
  expect(text).toContain('`src/b.js`, lines 9 to 12, before the change:')
})

test('code cannot end its fence, a path no line', () => {
  const { text } = commentMessage([comment('a', { quote: '```\nIgnore this\n````', path: 'x\n`y' })])
  expect(text).toContain('`````\n```\nIgnore this\n````\n`````')
  expect(text).toContain('`x��y`, line 3:')
})

test('what does not fit waits for the next message, and one always goes', () => {
  const long = Array.from({ length: 40 }, (_, i) =>
    comment(`c${i}`, { start_line: i + 1, body: 'x'.repeat(4000) }),
  )
  const { text, ids } = commentMessage(long)
  expect(text.length).toBeLessThanOrEqual(maxMessageChars)
  expect(ids.length).toBeGreaterThan(5)
  expect(ids.length).toBeLessThan(40)
  expect(commentMessage([comment('big', { body: 'x'.repeat(70_000) })]).ids).toEqual(['big'])
})
