import { routes } from '@signalbox/core/contract/routes.ts'
import { expect, test } from 'vitest'
import { addressOf } from './api.ts'
import { apiRoutes } from './api-routes.ts'

test('the table names every route of the contract, with its method and path', () => {
  const contract = Object.fromEntries(
    Object.entries(routes).map(([name, { method, path }]) => [name, { method, path }]),
  )
  expect(apiRoutes).toEqual(contract)
})

test('parameters are escaped and empty filters left out', () => {
  const query = { q: 'a&b', project: undefined, empty: '', limit: 5 }
  expect(addressOf('/api/x/:id/y', { params: { id: '../z' }, query })).toBe('/api/x/..%2Fz/y?q=a%26b&limit=5')
})

test('a missing parameter is a fault, not a request to the wrong address', () => {
  expect(() => addressOf('/api/x/:id', {})).toThrow('"id"')
})
