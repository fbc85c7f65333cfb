import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { removeDeadSockets } from './open-egress.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

test('a socket goes when its process was killed, and stays while somebody answers on it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'open-egress-'))
  folders.push(dataDir)
  const path = (name: string) => join(dataDir, 'egress', name)
  await mkdir(path('.'))
  const script = `require('net').createServer().listen(${JSON.stringify(path('dead.sock'))}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const living = createServer().listen(path('living.sock'))
  await once(living, 'listening')
  await removeDeadSockets({ dataDir })
  expect(await readdir(path('.'))).toEqual(['living.sock'])
  living.close()
})
