import { describe, expect, it } from 'vitest'
import { parseCommandFile, parsePathFile } from './command-files.ts'

describe('parseCommandFile', () => {
  const good: Array<[text: string, values: Record<string, string>]> = [
    ['', {}],
    ['A=1\nB=2\n', { A: '1', B: '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=\n', { A: '' }],
    ['A=b=c<<d', { A: 'b=c<<d' }],
    ['A<<END\none\ntwo\nEND\nB=x\n', { A: 'one\ntwo', B: 'x' }],
    ['A<<END\nEND\n', { A: '' }],
    ['A<<END\n\n\nEND', { A: '\n' }],
    ['A<<=\nx=y\n=\n', { A: 'x=y' }],
    ['A<<E F\n E F\nE F\n', { A: ' E F' }],
    ['A=1\r\nB<<E\r\none\r\ntwo\r\nE\r\n', { A: '1', B: 'one\r\ntwo' }],
    ['\uFEFFA=1', { A: '1' }],
    ['\n\nA = 1 \n', { 'A ': ' 1 ' }],
    ['__proto__=x\nconstructor=y', { ['__proto__']: 'x', constructor: 'y' }],
  ]
  it.each(good)('%j', (text, values) => {
    expect([...parseCommandFile(text)]).toEqual(Object.entries(values))
  })

  it.each([
    ['text', 'no name and value: text'],
    ['=value', 'no name and value'],
    ['<<END\nx\nEND', 'no name or delimiter'],
    ['A<<\nx\n', 'no name or delimiter'],
    ['A<<END\nx\n', 'END of A does not come again'],
    ['A<<END\nx\nEND ', 'END of A does not come again'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCommandFile(text)).toThrow(message)
  })
})

describe('parsePathFile', () => {
  it('leaves empty lines out', () => {
    expect(parsePathFile('/a\r\n\n/b c\n')).toEqual(['/a', '/b c'])
  })
})
