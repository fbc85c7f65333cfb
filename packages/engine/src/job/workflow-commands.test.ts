import { describe, expect, it } from 'vitest'
import { createMasker, maxMasks } from './masker.ts'
import { createCommandReader } from './workflow-commands.ts'

describe('createCommandReader', () => {
  it('hides what add-mask names from then on, also with escapes, and never shows it', () => {
    const masker = createMasker()
    const reader = createCommandReader(masker)
    expect(reader.read('::add-mask::hunter%0Asecond%25')).toBe('::add-mask::***')
    expect(masker.mask('hunter second%')).toBe('*** ***')
  })

  it('fails the step that hides more than a job may, and shows nothing that it prints after that', () => {
    const masker = createMasker()
    const reader = createCommandReader(masker)
    for (let n = 0; n < maxMasks; n++) expect(reader.read(`::add-mask::value ${n}`)).toBe('::add-mask::***')
    expect(reader.read('::add-mask::value 0')).toBe('::add-mask::***')
    expect(reader.refused).toBeUndefined()
    expect(reader.read('::add-mask::one more')).toMatch(/^::error::.*at most 500/)
    expect(reader.refused).toMatch(/hides too much/)
    expect(reader.read('one more')).toBeUndefined()
    expect(masker.mask('value 499')).toBe('***')
  })

  it('keeps annotations and groups as lines', () => {
    const reader = createCommandReader(createMasker())
    const lines = [
      '::group::A',
      '::error file=a.ts,line=1::bad',
      '::warning::w',
      '::notice title=a:b::n',
      'a :: b',
      '::',
    ]
    expect(lines.map((line) => reader.read(line))).toEqual(lines)
    expect(reader.refused).toBeUndefined()
  })

  it('stops and goes on with commands', () => {
    const masker = createMasker()
    const reader = createCommandReader(masker)
    reader.read('::stop-commands::token')
    expect(reader.read('::add-mask::visible')).toBe('::add-mask::visible')
    expect(reader.read('::set-output name=a::b')).toBe('::set-output name=a::b')
    reader.read('::token::')
    expect(reader.read('::add-mask::hidden')).toBe('::add-mask::***')
    expect(masker.mask('visible hidden')).toBe('visible ***')
    expect(reader.refused).toBeUndefined()
  })

  it.each(['set-output', 'save-state', 'set-env', 'add-path', 'SET-OUTPUT'])('refuses %s', (name) => {
    const reader = createCommandReader(createMasker())
    reader.read(`::${name} name=a::b`)
    expect(reader.refused).toMatch(/write to \$GITHUB_/)
  })
})
