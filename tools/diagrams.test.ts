import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChangeStatus } from '@signalbox/core/contract/views/changes.ts'
import { expect, test } from 'vitest'
import { rooms } from './rooms.ts'

const text = readFileSync(join(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8')
const diagrams = [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')

function diagram(kind: string): string[] {
  const found = diagrams.find((each) => each.startsWith(kind))
  if (!found) throw new Error(`there is no diagram of the kind ${kind}`)
  return found.trim().split('\n').slice(1)
}

test('architecture, data flow, states and packages are drawn', () => {
  expect(diagrams.map((each) => each.split('\n')[0])).toEqual([
    'flowchart LR',
    'sequenceDiagram',
    'stateDiagram-v2',
    'flowchart TD',
  ])
})

test('a diagram names only rooms that stand', () => {
  const places = new Set(
    rooms.map(({ path }) => path.replace('packages/', '').replace('/src', '').replace(/\.ts$/, '')),
  )
  const named = diagrams.flatMap((each) => each.match(/\b(core|engine|server)\/[a-z-]+/g) ?? [])
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter((name) => !places.has(name))).toEqual([])
})

test('every actor of the data flow is one that was introduced', () => {
  const lines = diagram('sequenceDiagram')
  const introduced = lines.flatMap((line) => /^ {2}(?:actor|participant) (\w+)/.exec(line)?.[1] ?? [])
  const messages = lines.flatMap((line) => {
    const [, from, to] = /^ {2}(\w+)-{1,2}>>(\w+): ./.exec(line) ?? []
    return from && to ? [from, to] : []
  })
  expect(messages.length / 2 + introduced.length).toBe(lines.length)
  expect(messages.filter((name) => !introduced.includes(name))).toEqual([])
})

test('the states of a change are those of the code', () => {
  const states = diagram('stateDiagram').flatMap((line) => {
    const [, from = '', to = ''] = /^ {2}(\S+) --> ([^\s:]+)(?:: .+)?$/.exec(line) ?? []
    return [from, to]
  })
  const drawn = [...new Set(states)].filter((name) => name !== '[*]')
  expect(drawn.toSorted()).toEqual(ChangeStatus.options.toSorted())
})
