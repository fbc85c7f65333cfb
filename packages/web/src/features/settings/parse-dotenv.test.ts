import { expect, test } from 'vitest'
import { parseDotenv } from './parse-dotenv.ts'

test('reads comments, export, quotes and values over several lines', () => {
  const text = `# a comment
export A=one # not of it
B = "two\\nlines \\" #"
C='as \\n it "is"'
KEY="-----BEGIN-----
middle
-----END-----"
EMPTY=
A=last
`
  expect(parseDotenv(text)).toEqual({
    items: [
      { name: 'A', value: 'last' },
      { name: 'B', value: 'two\nlines " #' },
      { name: 'C', value: 'as \\n it "is"' },
      { name: 'KEY', value: '-----BEGIN-----\nmiddle\n-----END-----' },
    ],
    errors: [],
  })
})

test('names the lines that it cannot read', () => {
  expect(parseDotenv('A=1\nnonsense\nB="open').errors).toEqual([
    'Line 2 is not NAME=value.',
    'Line 3 begins with " and never ends.',
  ])
})
