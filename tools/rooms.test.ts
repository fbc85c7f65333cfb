import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { roomOf, rooms } from './rooms.ts'

test('every room stands, and every arrow leads to a place that stands', () => {
  const places = rooms.flatMap((room) => [room.path, ...room.may])
  expect(places.filter((place) => !existsSync(join(import.meta.dirname, '..', place)))).toEqual([])
})

test('the engine knows neither server nor database', () => {
  const engine = rooms.filter((room) => room.path.startsWith('packages/engine/'))
  expect(engine.flatMap((room) => room.may).filter((place) => /server|client|web/.test(place))).toEqual([])
})

test('a file belongs to the closest room', () => {
  expect(roomOf('packages/server/src/config.ts')?.path).toBe('packages/server/src/config.ts')
  expect(roomOf('packages/server/src/db/embedded/x.ts')?.path).toBe('packages/server/src/db')
  expect(roomOf('packages/elsewhere/src/x.ts')).toBeUndefined()
})
