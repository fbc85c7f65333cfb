import { expect, test } from 'vitest'
import { inWords } from './shell-socket.ts'

test('the last words of a shell say how it ended', () => {
  expect(inWords({ type: 'exit', code: 3 })).toEqual({ text: 'The shell ended with 3.', failed: false })
  expect(inWords({ type: 'exit', code: null, reason: 'Nobody typed for 15 minutes.' })).toEqual({
    text: 'Nobody typed for 15 minutes.',
    failed: true,
  })
  expect(inWords({ type: 'error', code: 'state-evicted', message: 'Gone.', hint: 'Run it again.' })).toEqual({
    text: 'Gone.',
    failed: true,
    hint: 'Run it again.',
  })
})
