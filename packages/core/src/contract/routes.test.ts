import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { Route } from './routes/route.ts'
import { permissions } from './routes/route.ts'
import { routes } from './routes.ts'

const all: [name: string, route: Route][] = Object.entries(routes)

/** Names of the fields of a schema; none for what is no object. */
function fieldsOf(schema: z.ZodType | undefined): string[] {
  return schema && 'shape' in schema && schema.shape ? Object.keys(schema.shape).toSorted() : []
}

test('no two routes answer the same question', () => {
  const questions = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
  expect(questions.filter((question, n) => questions.indexOf(question) !== n)).toEqual([])
})

describe.each(all)('%s', (_name, route) => {
  test('describes each parameter of its path, and no other', () => {
    const named = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '').toSorted()
    expect(fieldsOf(route.params)).toEqual(named)
  })

  test('has a known permission, a summary and a tag', () => {
    expect(permissions).toContain(route.permission)
    expect(route.summary.length).toBeGreaterThan(5)
    expect(route.tag).not.toBe('')
  })
})

test('a GET takes no body', () => {
  expect(all.filter(([, { method, body }]) => method === 'GET' && body).map(([name]) => name)).toEqual([])
})

test('what writes asks for more than a permission to read, but for what is of the caller alone', () => {
  const writes = all.filter(([, { method }]) => method !== 'GET')
  const reading = writes.map(([, { permission }]) => permission).filter((name) => name.endsWith('.read'))
  expect([...new Set(reading)].toSorted()).toEqual(['inbox.read', 'session.read'])
})

test('nobody who is not signed in can do more than sign in, ask how the server is, or read its public keys', () => {
  const open = all.filter(([, { permission }]) => permission === 'public').map(([name]) => name)
  expect(open).toEqual(['health', 'createSession', 'getJwks', 'getOidcConfiguration', 'getOidcKeys'])
})
