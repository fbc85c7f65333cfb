import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeSandboxContract } from '@signalbox/testing/sandbox-contract.ts'
import { afterAll } from 'vitest'
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sbx-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const bubblewrap = createBubblewrapProvider({ dataDir })
const unshare = createUnshareProvider({ dataDir })
describeSandboxContract('bubblewrap', { provider: () => bubblewrap, real: true, identity: '1000\nsbx\n' })
describeSandboxContract('unshare', { provider: () => unshare, real: true, identity: '1000\nsbx\n' })
