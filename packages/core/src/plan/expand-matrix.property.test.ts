import { expect, it } from 'vitest'
import { type Combination, expandMatrix } from './expand-matrix.ts'

/** Written anew from GitHub's documentation, without regard to time: what the real one must agree with. */
function naive(matrix: Record<string, Combination[] | number[]>): Combination[] {
  const { include, exclude, ...lists } = matrix
  const originals: Combination[] = []
  const walk = (names: string[], one: Combination): void => {
    const [name, ...rest] = names
    if (name === undefined) originals.push(one)
    else for (const value of lists[name] ?? []) walk(rest, { ...one, [name]: value })
  }
  if (Object.keys(lists).length > 0) walk(Object.keys(lists), {})
  const kept = originals.filter((one) => {
    for (const filter of maps(exclude)) {
      const names = Object.keys(filter)
      if (names.length > 0 && names.every((name) => one[name] === filter[name])) return false
    }
    return true
  })
  const results = kept.map((one) => ({ ...one }))
  const alone: Combination[] = []
  for (const entry of maps(include)) {
    let fitted = 0
    for (let at = 0; at < kept.length; at++) {
      const original = kept[at] ?? {}
      const overwrites = Object.keys(entry).some((name) => name in lists && original[name] !== entry[name])
      if (overwrites) continue
      Object.assign(results[at] ?? {}, entry)
      fitted += 1
    }
    if (fitted === 0) alone.push(entry)
  }
  return [...results, ...alone]
}

function maps(value: Combination[] | number[] | undefined): Combination[] {
  return (value ?? []).filter((one): one is Combination => typeof one === 'object')
}

it('agrees with a naive implementation on matrices at random', () => {
  let state = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const seed = state
  const below = (end: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
  const names = ['a', 'b', 'c', 'x', 'y']
  const entry = (): Combination =>
    Object.fromEntries(Array.from({ length: below(4) }, () => [names[below(names.length)], below(3)]))
  let made = 0
  for (let round = 0; round < 2000; round++) {
    const matrix: Record<string, Combination[] | number[]> = {}
    for (const name of names.slice(0, below(4))) {
      matrix[name] = Array.from({ length: 1 + below(3) }, (_, at) => at)
    }
    if (below(2) === 0) matrix['exclude'] = Array.from({ length: below(4) }, entry)
    if (below(2) === 0) matrix['include'] = Array.from({ length: below(4) }, entry)
    const expected = naive(matrix)
    if (expected.length === 0) {
      expect(() => expandMatrix(matrix)).toThrow('no combination')
      continue
    }
    made += 1
    expect(expandMatrix(matrix), `seed ${seed}, ${JSON.stringify(matrix)}`).toEqual(expected)
  }
  expect(made).toBeGreaterThan(500)
})
