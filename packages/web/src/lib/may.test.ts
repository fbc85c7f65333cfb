import { describe, expect, test } from 'vitest'
import { mayDo } from './may.ts'

const user = { id: '00000000-0000-7000-8000-000000000001', name: 'Ada', role: 'user' as const }

describe('what a person may do', () => {
  test('a viewer reads a project and runs nothing in it', () => {
    const session = { user, projects: { p: 'viewer' as const } }
    expect(mayDo(session, 'run.read', 'p').may).toBe(true)
    expect(mayDo(session, 'run.write', 'p')).toEqual({
      may: false,
      reason: 'A member of the project or more may do this.',
    })
  })

  test('a project that one is not in is closed, and one that is not named too', () => {
    const session = { user, projects: { p: 'owner' as const } }
    expect(mayDo(session, 'run.read', 'q').may).toBe(false)
    expect(mayDo(session, 'run.read').may).toBe(false)
  })

  test('who has every project may write in each, but not change the machine by that', () => {
    const session = { user, projects: null }
    expect(mayDo(session, 'run.shell', 'p').may).toBe(true)
    expect(mayDo(session, 'audit.read').reason).toBe('Only an admin of this Signalbox may do this.')
  })
})
