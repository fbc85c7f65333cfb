import { expect, test } from 'vitest'
import { createCli } from '../cli.ts'
import { createProgram } from '../program.ts'
import { treeOf } from './tree.ts'

const cli = createCli(new AbortController().signal)
const tree = treeOf(createProgram(cli, { exitCode: 0, json: false }))

test('every visible command is offered, no hidden one', () => {
  const words = tree.children.map((child) => child.path.join(' '))
  expect(words).toContain('completion')
  expect(words).not.toContain('complete')
  expect(tree.children.every((child) => child.summary !== '')).toBe(true)
})
