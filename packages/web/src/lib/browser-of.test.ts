import { expect, test } from 'vitest'
import { browserOf } from './browser-of.ts'

test('names browser and system, and shows what it does not know', () => {
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  expect(browserOf(`Mozilla/5.0 (X11; Linux x86_64) ${chrome}`)).toBe('Chrome on Linux')
  expect(browserOf(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Edg/140.0`)).toBe('Edge on Windows')
  expect(browserOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Safari/604.1')).toBe(
    'Safari on iOS',
  )
  expect(browserOf('curl/8')).toBe('curl/8')
  expect(browserOf('')).toBe('unknown browser')
})
