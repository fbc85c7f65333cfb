import type { AuditEntry } from '@signalbox/core/contract/views/audit.ts'
import { before, fixtureId } from './ids.ts'

const shared = {
  user: { id: fixtureId('user', 1), name: 'Owner' },
  via: 'session' as const,
  ip: '127.0.0.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150',
  projectId: fixtureId('project', 1),
}

/** Writes of every outcome. */
export const auditEntries: AuditEntry[] = [
  {
    ...shared,
    id: 4,
    at: before(50),
    requestId: fixtureId('request', 4),
    action: 'updateProject',
    object: { kind: 'project', id: 'sample' },
    asked: { fence: 3, settings: { autoMerge: true } },
    before: { 'settings.autoMerge': false },
    after: { 'settings.autoMerge': true },
    status: 200,
    outcome: 'done',
  },
  {
    ...shared,
    id: 3,
    at: before(400),
    requestId: fixtureId('request', 3),
    action: 'mergeChange',
    object: { kind: 'change', id: fixtureId('change', 9) },
    asked: null,
    before: {},
    after: { code: 'refused' },
    status: 409,
    outcome: 'refused',
  },
  {
    ...shared,
    id: 2,
    at: before(4000),
    requestId: fixtureId('request', 2),
    action: 'createChange',
    object: { kind: 'project', id: 'sample' },
    asked: { goal: 'Greet in French', mode: 'auto' },
    before: {},
    after: {},
    status: null,
    outcome: 'started',
  },
  {
    ...shared,
    user: { id: null, name: '' },
    via: 'nobody',
    id: 1,
    at: before(9000),
    requestId: fixtureId('request', 1),
    projectId: null,
    action: 'createSession',
    object: null,
    asked: { token: '[hidden]' },
    before: null,
    after: null,
    status: 200,
    outcome: 'done',
  },
]
