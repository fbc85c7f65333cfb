import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture, describeSandboxContract, testSpec } from '@signalbox/testing/sandbox-contract.ts'
import { afterAll, expect, test } from 'vitest'
import { createHostProvider } from './host/provider.ts'
import { selectProvider } from './select.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sbx-host-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const host = createHostProvider({ dataDir })

describeSandboxContract('host', { provider: () => host, real: true })

test('it says of itself that it isolates nothing', async () => {
  expect(host.unsafe).toBe(true)
  expect(await host.probe()).toMatchObject({
    provider: 'host',
    available: true,
    version: expect.stringContaining('UNSAFE'),
    network: { enforced: false },
  })
})

test('it is picked by its name only, and then nothing else is', async () => {
  for (const prefer of [undefined, 'bubblewrap', 'unshare'] as const) {
    const { tried } = await selectProvider({ dataDir, prefer })
    expect(tried.map(({ provider }) => provider)).not.toContain('host')
  }
  const { provider, tried } = await selectProvider({ dataDir, prefer: 'host' })
  expect(provider?.name).toBe('host')
  expect(tried).toHaveLength(1)
})

test('what it sees is the host, and its end leaves nothing there', async () => {
  const file = join(tmpdir(), `seen-${process.pid}`)
  writeFileSync(file, 'of the host', { mode: 0o644 })
  const before = readdirSync('/')
  const sandbox = await host.create(testSpec())
  try {
    expect((await capture(sandbox, ['cat', file])).stdout).toBe('of the host')
    await sandbox.exec(['bash', '-c', 'setsid sleep 4711 & echo x > here'])
  } finally {
    await sandbox.destroy()
    rmSync(file)
  }
  expect(readdirSync('/')).toEqual(before)
  expect(existsSync('/home/sbx')).toBe(false)
  expect(readdirSync(join(dataDir, 'sandboxes'))).toEqual([])
})
