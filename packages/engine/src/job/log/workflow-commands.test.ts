import { commands } from '@signalbox/core/workflow/support/output.ts'
import { namesOf, verdictOf } from '@signalbox/core/workflow/support/verdict.ts'
import { describe, expect, it } from 'vitest'
import { createMasker, maxMasks } from './masker.ts'
import { createCommandReader } from './workflow-commands.ts'

const reader = (options = {}) => createCommandReader(createMasker(), options)

describe('add-mask', () => {
  it('hides what it names from then on, also with escapes, and never shows it', () => {
    const masker = createMasker()
    const commands = createCommandReader(masker)
    expect(commands.read('::add-mask::hunter%0Asecond%25')).toBeUndefined()
    expect(masker.mask('hunter second%')).toBe('*** ***')
    commands.read('::echo::on')
    expect(commands.read('::add-mask::third')).toBe('::add-mask::***')
    expect(commands.read('##[add-mask]fourth')).toBe('::add-mask::***')
    expect(masker.mask('third fourth')).toBe('*** ***')
  })

  it('of nothing is a warning', () => {
    const commands = reader()
    expect(commands.read('::add-mask:: ')).toMatch(/^::warning::/)
    expect(commands.refused).toBeUndefined()
  })

  it('fails the step that hides more than a job may, and shows nothing that it prints after that', () => {
    const masker = createMasker()
    const commands = createCommandReader(masker)
    for (let n = 0; n < maxMasks; n++) expect(commands.read(`::add-mask::value ${n}`)).toBeUndefined()
    expect(commands.read('::add-mask::value 0')).toBeUndefined()
    expect(commands.refused).toBeUndefined()
    expect(commands.read('::add-mask::one more')).toMatch(/^::error::.*at most 500/)
    expect(commands.refused).toMatch(/hides too much/)
    expect(commands.read('one more')).toBeUndefined()
    expect(masker.mask('value 499')).toBe('***')
  })
})

describe('stop-commands', () => {
  it('stops all commands until its word comes, whatever its case', () => {
    const masker = createMasker()
    const commands = createCommandReader(masker)
    expect(commands.read('::stop-commands::Token')).toBe('::stop-commands::Token')
    const stopped = [
      '::add-mask::visible',
      '::set-output name=a::b',
      '##[add-mask]visible',
      '::stop-commands::x',
    ]
    expect(stopped.map((line) => commands.read(line))).toEqual(stopped)
    expect(commands.read('::tokEn::')).toBe('::tokEn::')
    commands.read('::add-mask::hidden')
    expect(masker.mask('visible hidden')).toBe('visible ***')
    expect(commands.takeHandedOn().outputs.size).toBe(0)
  })

  it.each(['', 'error', 'Group', 'pause-logging'])('is refused with the word %j', (word) => {
    const commands = reader()
    expect(commands.read(`::stop-commands::${word}`)).toMatch(/^::error::/)
    expect(commands.refused).toContain('a word of its own')
    const allowed = reader()
    allowed.allow({ ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS: 'true' })
    allowed.read(`::stop-commands::${word}`)
    expect(allowed.refused).toBeUndefined()
  })
})

describe('the log', () => {
  it('shows groups and annotations as commands, also those of old, and lines that are none', () => {
    const lines = [
      '::group::A',
      '::endgroup::',
      '::error file=a.ts,line=1::bad',
      '::warning::w',
      '::notice title=a:b::n',
      'a :: b',
      '::',
      '::unknown::x',
    ]
    const commands = reader()
    expect(lines.map((line) => commands.read(line))).toEqual(lines)
    expect(commands.read('##[group]A')).toBe('::group::A')
    expect(commands.read('##[error]bad')).toBe('::error::bad')
    expect(commands.refused).toBeUndefined()
  })

  it('shows other commands only where echo is on, and debug lines only where they are asked for', () => {
    const commands = reader()
    const line = '::save-state name=a::b'
    commands.read(line)
    expect(commands.read(line)).toBeUndefined()
    expect(commands.read('::echo::ON')).toBeUndefined()
    expect(commands.read(line)).toBe(line)
    expect(commands.read('::echo::off')).toBe('::echo::off')
    expect(commands.read(line)).toBeUndefined()
    expect(commands.read('::debug::d')).toBeUndefined()
    expect(reader({ debug: true }).read('::debug::d')).toBe('::debug::d')
    expect(reader({ debug: true }).read('::echo::on')).toBe('::echo::on')
    expect(commands.read('::echo::maybe')).toMatch(/^::error::echo is on or off/)
    expect(commands.refused).toContain('echo is on or off')
  })
})

describe('commands of old', () => {
  it.each([
    ['set-output', 'outputs', 'GITHUB_OUTPUT'],
    ['SAVE-STATE', 'state', 'GITHUB_STATE'],
  ] as const)('%s works with one warning that names the file', (name, kind, file) => {
    const commands = reader()
    commands.read(`::${name} name=a::1`)
    commands.read(`##[${name} name=b]2%0A3`)
    commands.read(`::${name} name=a::4`)
    expect([...commands.takeHandedOn()[kind]]).toEqual([
      ['a', '4'],
      ['b', '2\n3'],
    ])
    expect(commands.annotations).toEqual([
      expect.objectContaining({ level: 'warning', message: expect.stringContaining(file) }),
    ])
    expect(commands.refused).toBeUndefined()
    expect(commands.takeHandedOn()[kind].size).toBe(0)
  })

  it.each(['set-env name=A', 'add-path'])('%s is refused unless the workflow allows it', (command) => {
    const commands = reader()
    expect(commands.read(`::${command}::b`)).toMatch(/^::error::.*is disabled; write to \$GITHUB_/)
    expect(commands.refused).toMatch(/write to \$GITHUB_/)
    const allowed = reader()
    allowed.allow({ ACTIONS_ALLOW_UNSECURE_COMMANDS: 'True' })
    expect(allowed.read(`::${command}::b`)).toBeUndefined()
    const { env, path } = allowed.takeHandedOn()
    expect([[...env], path]).toEqual(command === 'add-path' ? [[], ['b']] : [[['A', 'b']], []])
  })

  it('need a name, and hand on only so much', () => {
    const commands = reader()
    commands.read('::set-output::x')
    expect(commands.refused).toContain('needs name=')
    const much = reader()
    for (let n = 0; n < 20; n++) much.read(`::set-output name=n${n}::${'x'.repeat(60_000)}`)
    expect(much.refused).toContain('more than 1024 kB')
  })

  it('are refused as the table of the language says', () => {
    for (const name of namesOf(commands)) {
      const fails = reader()
      fails.read(`::${name} name=a,owner=b::${name === 'echo' ? 'on' : name === 'remove-matcher' ? '' : 'x'}`)
      expect([name, fails.refused !== undefined]).toEqual([
        name,
        verdictOf(commands, name)?.how === 'refused',
      ])
    }
  })
})

describe('matchers', () => {
  it('are asked for by file and taken away by owner or file', () => {
    const asked: unknown[] = []
    const commands = reader({
      addMatchers: (path: string) => asked.push(path),
      removeMatchers: (by: unknown) => asked.push(by),
    })
    commands.read('::add-matcher::.github/tsc.json')
    commands.read('::remove-matcher owner=tsc::')
    commands.read('::remove-matcher::.github/tsc.json')
    expect(asked).toEqual(['.github/tsc.json', { owner: 'tsc' }, { path: '.github/tsc.json' }])
    for (const line of ['::add-matcher::', '::remove-matcher::', '::remove-matcher owner=a::b']) {
      expect(commands.read(line)).toMatch(/^::warning::/)
    }
    expect(commands.refused).toBeUndefined()
  })

  it('see lines that are no commands, and those alone', () => {
    const seen: string[] = []
    const commands = reader({ problem: (line: string) => void seen.push(line) })
    for (const line of ['a', '::error::b', '::stop-commands::t', '::error::c', '::t::', '##[x]', ''])
      commands.read(line)
    expect(seen).toEqual(['a', '::error::c', '##[x]', ''])
  })
})

it('an annotation of the workspace names its file as the repository does', () => {
  const commands = reader()
  commands.read('::error file=/workspace/src/a.ts::x')
  commands.read('::error file=/other/a.ts::x')
  expect(commands.annotations.map((one) => one.file)).toEqual(['src/a.ts', '/other/a.ts'])
})
