import { fixtureId } from './ids.ts'

const base = {
  projectSlug: 'sample',
  createdAt: '2026-11-20T08:00:00.000Z',
  lastUsedAt: '2026-11-21T08:00:00.000Z',
}

/** Kept installs and a kept state, one of them in use. */
export const snapshots = [
  {
    ...base,
    id: fixtureId('snapshot', 1),
    kind: 'install',
    key: 'a3f1c09b77de41c2'.repeat(4),
    command: 'npm ci --no-audit --no-fund',
    changeId: null,
    jobId: null,
    runId: null,
    sizeBytes: 258_300_000,
    hits: 41,
    inUse: true,
  },
  {
    ...base,
    id: fixtureId('snapshot', 2),
    kind: 'install',
    key: '51be7720f0a96d13'.repeat(4),
    command: 'npm ci --no-audit --no-fund',
    changeId: fixtureId('change', 12),
    jobId: null,
    runId: null,
    sizeBytes: 261_900_000,
    hits: 1,
    inUse: false,
  },
  {
    ...base,
    id: fixtureId('snapshot', 3),
    kind: 'failed',
    key: 'state',
    command: '',
    changeId: fixtureId('change', 12),
    jobId: fixtureId('job', 3),
    runId: fixtureId('run', 22),
    sizeBytes: 1_400_000,
    hits: 0,
    inUse: false,
  },
]

/** A shell can be opened. */
export const shellState = {
  available: true,
  reason: null,
  hint: null,
  step: 'Test',
  sizeBytes: 1_400_000,
  keptUntil: new Date(Date.now() + 20 * 3_600_000).toISOString(),
  last: {
    openedBy: 'Ada Lovelace',
    mine: false,
    openedAt: new Date(Date.now() - 9 * 60_000).toISOString(),
    open: false,
    endedAt: new Date(Date.now() - 4 * 60_000).toISOString(),
    exitCode: 0,
    reason: null,
  },
}

/** Caches that actions saved. */
export const caches = [
  {
    id: fixtureId('cache', 1),
    key: 'node-cache-Linux-x64-npm-7d1f0c4e9b2a',
    version: 'c4f1'.repeat(16),
    scope: 'refs/heads/main',
    sizeBytes: 84_200_000,
    hits: 37,
    runId: fixtureId('run', 31),
    createdAt: base.createdAt,
    lastUsedAt: base.lastUsedAt,
  },
  {
    id: fixtureId('cache', 2),
    key: 'turbo-Linux-3a0c77',
    version: '09be'.repeat(16),
    scope: `change/${fixtureId('change', 12)}`,
    sizeBytes: 12_900_000,
    hits: 2,
    runId: null,
    createdAt: base.createdAt,
    lastUsedAt: base.lastUsedAt,
  },
]
