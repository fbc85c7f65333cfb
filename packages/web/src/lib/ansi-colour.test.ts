import { expect, test } from 'vitest'
import { colourOf256, contrast, paint, type Rgb, readableOn } from './ansi-colour.ts'

const papers: Rgb[] = [
  [251, 251, 250],
  [12, 13, 15],
]

test('every one of the 256 colours can be read in both schemes, and on every other', () => {
  for (let index = 0; index < 256; index += 1) {
    const colour = colourOf256(index)
    for (const ground of [...papers, colourOf256((index * 7) % 256)]) {
      expect(contrast(readableOn(colour, ground), ground)).toBeGreaterThanOrEqual(4.5)
    }
  }
})

test('a colour that can be read already stays as it is', () => {
  expect(readableOn([10, 20, 120], [251, 251, 250])).toEqual([10, 20, 120])
})

test('the cube and the greys are those of terminals', () => {
  expect(colourOf256(196)).toEqual([255, 0, 0])
  expect(colourOf256(46)).toEqual([0, 255, 0])
  expect(colourOf256(232)).toEqual([8, 8, 8])
  expect(colourOf256(255)).toEqual([238, 238, 238])
})

test('without a background both schemes are named, with one its own text colour', () => {
  expect(paint([0, 255, 0], null).color).toMatch(/^light-dark\(rgb\(.+\), rgb\(0 255 0\)\)$/)
  expect(paint(null, [0, 0, 0])).toEqual({ color: expect.any(String), backgroundColor: 'rgb(0 0 0)' })
})
