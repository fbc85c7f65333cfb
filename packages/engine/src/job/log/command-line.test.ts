import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'

const read = (line: string, token?: string) => {
  const command = parseCommandLine(line, token)
  return command && [command.name, Object.fromEntries(command.properties), command.data]
}

describe('a workflow command', () => {
  it.each([
    ['::group::Build', ['group', {}, 'Build']],
    ['  \t::error file=a.ts,line=3::bad', ['error', { file: 'a.ts', line: '3' }, 'bad']],
    ['::ERROR file=A.ts::Bad', ['error', { file: 'A.ts' }, 'Bad']],
    ['::error endLine=3::x', ['error', { endline: '3' }, 'x']],
    ['::error::', ['error', {}, '']],
    ['::error file=::no file', ['error', {}, 'no file']],
    ['::error =x,y,file=a=b::z', ['error', { file: 'a=b' }, 'z']],
    ['::error ::x::y', ['error', {}, 'x::y']],
    [
      '::warning file=a%3Ab%2Cc%25d,title=x%0Ay%0Dz::m',
      ['warning', { file: 'a:b,c%d', title: 'x\ny\rz' }, 'm'],
    ],
    ['::error::100%25 of%0Aall%0D %3A %2C', ['error', {}, '100% of\nall\r %3A %2C']],
    ['::error::%250A is not a line end', ['error', {}, '%0A is not a line end']],
    ['::error::%0a stays', ['error', {}, '%0a stays']],
    ['##[error]bad', ['error', {}, 'bad']],
    ['a prefix ##[group]Title', ['group', {}, 'Title']],
    ['##[set-output name=a;other=b%3Bc%5D]v%3B%5D%25', ['set-output', { name: 'a', other: 'b;c]' }, 'v;]%']],
  ])('%s', (line, expected) => {
    expect(read(line)).toEqual(expected)
  })

  it.each([
    '',
    '::',
    '::error',
    '::error:',
    'x ::error::y',
    '::nothing::x',
    '::constructor::x',
    ': :error::x',
    '##[nothing]x',
    '##[error',
    ':::error::',
  ])('%s is a line like any other', (line) => {
    expect(read(line)).toBeUndefined()
  })

  it('is also the word that was waited for, whatever its case', () => {
    expect(read('::Token::', 'toKen')).toEqual(['token', {}, ''])
    expect(read('##[token]', 'token')).toEqual(['token', {}, ''])
    expect(read('::token::')).toBeUndefined()
  })

  it('of the old way is written in the new one for the log', () => {
    expect(parseCommandLine('x ##[error file=a,b;line=3]50%25: c%0Ad')?.text).toBe(
      '::error file=a%2Cb,line=3::50%25: c%0Ad',
    )
  })
})
