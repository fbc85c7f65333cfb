import { describe, expect, test } from 'vitest'
import { LogModel } from '../../lib/log-model.ts'
import { annotationLine, placeOf } from './annotation-line.ts'

function logOf(...texts: string[]): LogModel {
  const model = new LogModel()
  model.add(texts.map((text, at) => ({ n: at + 1, step: 2, at: 0, stream: 'stdout' as const, text })))
  return model
}

describe('the line of an annotation', () => {
  const said = { step: 2, level: 'error' as const, message: 'Two\nlines: 100 %' }

  test('is the one whose command says it, also when it was escaped', () => {
    const model = logOf('ordinary', '::error file=a.js,line=5,title=Type::Two%0Alines: 100 %25')
    expect(annotationLine(model, said)).toBe(2)
  })

  test('is none in another step, of another level, or where it is only printed', () => {
    const model = logOf('Two lines: 100 %', '::warning::Two%0Alines: 100 %25')
    expect(annotationLine(model, said)).toBeNull()
    expect(annotationLine(logOf('::error::Two%0Alines: 100 %25'), { ...said, step: 3 })).toBeNull()
  })
})

describe('the place of an annotation', () => {
  test('has what is known of it', () => {
    expect(placeOf({ file: 'a.js', line: 4, column: 2 })).toBe('a.js:4:2')
    expect(placeOf({ file: 'a.js', line: null, column: 2 })).toBe('a.js')
    expect(placeOf({ file: null, line: 4, column: null })).toBe('')
  })
})
