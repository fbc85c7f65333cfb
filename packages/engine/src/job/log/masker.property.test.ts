import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './line-splitter.ts'
import { createMasker } from './masker.ts'
import { createRandom, type Random, seedOf } from './random.fixture.ts'

/** What tools make of a value, written anew: the masker's own list must not be its proof. */
const writings: Record<string, (value: string) => string> = {
  plain: (value) => value,
  json: (value) => JSON.stringify(value).slice(1, -1),
  'json in json': (value) => JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
  'json of ASCII': (value) =>
    [...JSON.stringify(value).slice(1, -1)]
      .map((c) =>
        c.charCodeAt(0) > 127
          ? [...c.split('')].map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
          : c,
      )
      .join(''),
  uri: (value) => encodeURIComponent(value),
  form: (value) => new URLSearchParams({ a: value }).toString().slice(2),
  'uri in small letters': (value) => encodeURIComponent(value).replace(/%../g, (c) => c.toLowerCase()),
  xml: (value) => escaped(value, '&apos;'),
  html: (value) => escaped(value, '&#39;'),
  'shell in single quotes': (value) => value.split("'").join(`'\\''`),
  'shell in double quotes': (value) => value.replace(/["$\\`]/g, (c) => `\\${c}`),
  sql: (value) => value.split("'").join("''"),
}

const letters = [...'abcXYZ0189_-./+&<>"\'$`\\!()*; =%{}é€😀']

function secretOf(random: Random): string {
  const length = 6 + random.below(random.below(4) === 0 ? 300 : 40)
  return Array.from({ length }, () => letters[random.below(letters.length)] ?? '')
    .join('')
    .trim()
    .padEnd(6, 'q')
}

/** What the log shows of bytes that come in pieces. */
function shown(secret: string, text: string, random: Random): string {
  const lines: string[] = []
  const splitter = createLineSplitter(createMasker([secret]), (line) => lines.push(line))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    const next = at + 1 + random.below(random.below(3) === 0 ? 3 : 60)
    splitter.push(bytes.subarray(at, next))
    at = next
  }
  splitter.end()
  return lines.join('\n')
}

const rounds = 120

describe('whatever a secret is, and however it is cut', () => {
  it.each(Object.entries(writings))('nothing of it leaves when written as %s', (_name, write) => {
    const seed = seedOf()
    const random = createRandom(seed)
    for (let round = 0; round < rounds; round++) {
      const secret = secretOf(random)
      const text = `~~ ${write(secret)} ~~`
      expect(shown(secret, text, random), `seed ${seed}, secret ${JSON.stringify(secret)}`).toBe('~~ *** ~~')
    }
  })

  it.each([0, 1, 2])('nothing of it leaves in base64 after %i bytes, but what neighbours share', (shift) => {
    const seed = seedOf()
    const random = createRandom(seed)
    for (let round = 0; round < rounds; round++) {
      const secret = secretOf(random)
      const inside = Buffer.concat([
        Buffer.alloc(shift + 3 * random.below(4), 65),
        Buffer.from(secret),
        Buffer.alloc(random.below(5), 66),
      ])
      for (const encoding of ['base64', 'base64url'] as const) {
        const out = shown(secret, `~~ ${inside.toString(encoding)} ~~`, random)
        const said = `seed ${seed}, secret ${JSON.stringify(secret)}, ${out}`
        expect(out, said).toContain('***')
        // At each end at most the letters that hold bits of a neighbour too, and the neighbours themselves.
        expect(out.replace(/^~~ |\*\*\*| ~~$/g, '').length, said).toBeLessThanOrEqual(30)
        const middle = Buffer.from(secret).toString(encoding).slice(4, -4)
        if (shift === 0 && middle.length > 8) expect(out, said).not.toContain(middle.slice(0, 8))
      }
    }
  })

  it('none of its lines leaves, nor the whole of it in one line', () => {
    const seed = seedOf()
    const random = createRandom(seed)
    for (let round = 0; round < rounds; round++) {
      const parts = Array.from({ length: 2 + random.below(5) }, () => secretOf(random))
      const secret = parts.join(random.below(2) === 0 ? '\n' : '\r\n')
      const said = `seed ${seed}, secret ${JSON.stringify(secret)}`
      const stars = parts.map(() => '***').join('\n')
      expect(shown(secret, secret, random), said).toBe(stars)
      expect(shown(secret, `~~ ${JSON.stringify(secret).slice(1, -1)} ~~`, random), said).toBe('~~ *** ~~')
      expect(shown(secret, `~~ ${encodeURIComponent(secret)} ~~`, random), said).toBe('~~ *** ~~')
    }
  })

  it('a value that a step hides is hidden from the next line on, in all of its forms', () => {
    const random = createRandom(seedOf())
    for (let round = 0; round < 50; round++) {
      const secret = secretOf(random)
      const masker = createMasker()
      expect(masker.mask(secret)).toBe(secret)
      masker.add(secret)
      expect(masker.mask(secret)).toBe('***')
      expect(masker.mask(`x${encodeURIComponent(secret)}y`)).toBe('x***y')
    }
  })
})

/** As XML and HTML write text, which differ in what they make of an apostrophe. */
function escaped(value: string, apostrophe: string): string {
  const forms = [
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['"', '&quot;'],
    ["'", apostrophe],
  ] as const
  return forms.reduce((text, [character, form]) => text.split(character).join(form), value)
}
