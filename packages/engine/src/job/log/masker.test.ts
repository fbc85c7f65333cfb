import { describe, expect, it } from 'vitest'
import { createMasker, maxMaskChars, maxMasks } from './masker.ts'

const secret = `pa"ss & w'ord/+é$1`

describe('createMasker', () => {
  const forms: Array<[name: string, text: string]> = [
    ['plain', secret],
    ['JSON', JSON.stringify({ a: secret })],
    ['JSON in JSON', JSON.stringify(JSON.stringify(secret))],
    ['URI', encodeURIComponent(secret)],
    ['form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['XML', `pa&quot;ss &amp; w&apos;ord/+é$1`],
    ['shell quotes', `'pa"ss & w'\\''ord/+é$1'`],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64 after one byte', Buffer.from(`x${secret}`).toString('base64')],
    ['base64 after two bytes', Buffer.from(`xy${secret}`).toString('base64')],
    ['base64 in a longer text', Buffer.from(`user:${secret}:more`).toString('base64')],
    ['base64url', Buffer.from(`~?>${secret}~?>`).toString('base64url')],
  ]
  it.each(forms)('hides the form %s', (_name, text) => {
    const masked = createMasker([secret]).mask(`before ${text} after`)
    expect(masked).toContain('***')
    // Of an encoded secret at most the characters that its neighbours share with it may stay.
    const longestRest = Math.max(...masked.split('***').map((part) => sharedWith(part, text)))
    expect(longestRest).toBeLessThanOrEqual(9)
  })

  it('hides each line of a secret with several, and the whole of it encoded', () => {
    const key = '-----BEGIN KEY-----\r\nMIIBVgIBADANBg\r\n}\n-----END KEY-----\n'
    const masker = createMasker([key])
    expect(masker.mask('x MIIBVgIBADANBg y')).toBe('x *** y')
    expect(masker.mask(`{"k":${JSON.stringify(key)}}`)).not.toContain('MIIB')
    expect(masker.mask(Buffer.from(key).toString('base64'))).not.toContain('TUlJQ')
    expect(masker.mask('function () { return 1 }')).toBe('function () { return 1 }')
  })

  it('hides secrets that overlap as one', () => {
    expect(createMasker(['abcd', 'cdef']).mask('1abcdef2abcd3')).toBe('1***2***3')
  })

  it('hides the pieces of a long secret, and the whole of it as one', () => {
    const long = Array.from({ length: 40 }, (_, n) => `part-${n}`).join('/')
    const masker = createMasker([long])
    expect(masker.mask(`a ${long} b`)).toBe('a *** b')
    expect(masker.mask(`a ${long.slice(0, 100)}`)).toMatch(/^a \*\*\*.{0,31}$/)
    expect(masker.mask('part-1')).toBe('part-1')
  })

  it('hides single characters, and a short secret at the very end', () => {
    expect(createMasker(['a', 'xy', 'xyz']).mask('banana xyzxy')).toBe('b***n***n*** ***')
  })

  it('takes as many masks as a job may have, and says no to more', () => {
    const masker = createMasker(['given'])
    expect(masker.add('x'.repeat(maxMaskChars + 1))).toBe(false)
    expect(masker.add(Array.from({ length: maxMasks }, (_, n) => `line ${n}`).join('\n'))).toBe(true)
    expect(masker.add('one more')).toBe(false)
    expect(masker.add('given')).toBe(true)
    expect(masker.mask('line 7, one more, given')).toBe('***, one more, ***')
  })

  it('costs no more for a line when its masks are many', () => {
    // Every add used to build a search of all masks again: the whole took seconds, and the test timed out.
    const masker = createMasker()
    for (let n = 0; n < maxMasks; n++) {
      masker.add(`value-${n}-${'x'.repeat(400)}`)
      expect(masker.mask(`line ${n}`)).toBe(`line ${n}`)
    }
    for (let n = 0; n < 100_000; n++) masker.mask(`an ordinary line of a build, and its number is ${n}`)
  })

  it('leaves text alone without secrets, and empty secrets out', () => {
    expect(createMasker(['', ' \n ']).mask('a b')).toBe('a b')
  })
})

/** How much of `text` stands in `part` in one piece. */
function sharedWith(part: string, text: string): number {
  let longest = 0
  for (let from = 0; from < text.length; from++) {
    while (part.includes(text.slice(from, from + longest + 1)) && from + longest < text.length) longest++
  }
  return longest
}
