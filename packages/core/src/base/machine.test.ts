import { expect, it } from 'vitest'
import { defaultLabels, hasLabel, isForeign, labelsOf, lacks, wishWords } from './machine.ts'

it('a worker that names no labels has those of its architecture', () => {
  expect(labelsOf(undefined, 'x64')).toEqual(defaultLabels('x64'))
  expect(defaultLabels('x64')).toContain('ubuntu-24.04')
  expect(defaultLabels('arm64')).toContain('ubuntu-24.04-arm')
  expect(defaultLabels('arm64')).not.toContain('x64')
})

it('named labels replace them, unless default is among them', () => {
  expect(labelsOf('gpu, big ,', 'x64')).toEqual(['gpu', 'big'])
  expect(labelsOf('default,gpu', 'x64')).toEqual([...defaultLabels('x64'), 'gpu'])
})

it('a label is found whatever its case, and by what stands before a star', () => {
  expect(hasLabel(['GPU'], 'gpu')).toBe(true)
  expect(hasLabel(['debian-*'], 'Debian-13')).toBe(true)
  expect(hasLabel(['debian-*'], 'debian')).toBe(false)
})

it('a job fits a machine that has all of its labels and is in its group', () => {
  const machine = { labels: ['linux', 'gpu'], group: 'Builders' }
  expect(lacks(machine, { labels: ['Linux', 'gpu'], group: 'builders' })).toBeUndefined()
  expect(lacks(machine, { labels: ['linux', 'x64'] })).toBe('x64')
  expect(lacks(machine, { labels: [], group: 'others' })).toBe('group:others')
})

it('machines of other systems are told by their labels', () => {
  const all = ['windows-latest', 'macos-15', 'Windows', 'ubuntu-latest', 'my-windows']
  expect(all.filter(isForeign)).toEqual(['windows-latest', 'macos-15', 'Windows'])
})

it('a wish is said in words', () => {
  expect(wishWords({ labels: ['gpu'] })).toBe('the label gpu')
  expect(wishWords({ labels: ['a', 'b', 'c'], group: 'big' })).toBe('the labels a, b and c in the group big')
  expect(wishWords({ labels: [], group: 'big' })).toBe('the group big')
})
