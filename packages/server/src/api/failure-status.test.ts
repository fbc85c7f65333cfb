import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureStatus } from './failure-status.ts'

/** Rooms whose failures can reach a caller of the API. */
const rooms = ['api', 'auth', 'db', 'events', 'flows', 'forge', 'secrets', 'storage']
/** Thrown before a server listens, or only in a worker's job: no request ever meets them. */
const neverOnARequest = new Set([
  'agent-result-missing',
  'agent-run-moved',
  'backup-newer',
  'branch-moved',
  'database-newer',
  'migration-failed',
  'migration-name',
])

function codesOf(room: string): string[] {
  const folder = join(import.meta.dirname, '..', room)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('embedded'),
  )
  return files.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return [...text.matchAll(/new Failure\(\s*'([a-z-]+)'/g)].map((match) => match[1] ?? '')
  })
}

describe('the table of statuses', () => {
  it.each(rooms)('knows every failure that %s throws', (room) => {
    const unknown = codesOf(room).filter((code) => !(code in failureStatus) && !neverOnARequest.has(code))
    expect([...new Set(unknown)]).toEqual([])
  })
})
