import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import { expect, test } from 'vitest'
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { createUnshareProvider } from './unshare/provider.ts'

test.each([
  ['bubblewrap', createBubblewrapProvider],
  ['unshare', createUnshareProvider],
])('%s shows a folder of tools read-only, with its programs on the PATH', async (_name, create) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tools-'))
  const toolsFolder = join(dataDir, 'tools')
  const program = join(toolsFolder, 'bin', 'say-so')
  await mkdir(join(toolsFolder, 'bin'), { recursive: true })
  await writeFile(program, '#!/bin/sh\necho so; touch /opt/tools/made 2>/dev/null || echo read-only\n')
  await chmod(program, 0o755)
  const sandbox = await create({ dataDir }).create({
    id: `tools-${newId()}`,
    ownerId: 'tools-test',
    limits: { memoryBytes: 256 * 1024 * 1024, pids: 64, cpus: 1, diskBytes: 64 * 1024 * 1024 },
    network: { mode: 'none' },
    env: {},
    layers: [],
    detached: false,
    toolsFolder,
  })
  try {
    let text = ''
    await sandbox.exec(['bash', '-c', 'say-so; which node | head -1'], {
      onOutput: (_stream, chunk) => {
        text += Buffer.from(chunk).toString('utf8')
      },
    })
    expect(text).toBe('so\nread-only\n/opt/signalbox/node/bin/node\n')
  } finally {
    await sandbox.destroy()
    await rm(dataDir, { recursive: true, force: true })
  }
})
