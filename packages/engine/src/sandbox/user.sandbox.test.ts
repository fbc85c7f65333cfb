import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isReachable, isRoot, requireProgram } from './linux/host.ts'

/** Any user that is not root; nothing of it needs to exist. */
const UID = 4711

/** Everything that the fixture needs must be readable for that user; a checkout in /root is not. */
const readable = isReachable(process.execPath) && isReachable(join(import.meta.dirname, 'user.fixture.ts'))

test.skipIf(!isRoot() || !readable).each(['bubblewrap', 'unshare'])(
  '%s works for an ordinary user',
  async (name) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sbx-user-'))
    chownSync(dataDir, UID, UID)
    chmodSync(dataDir, 0o700)
    const as = ['--reuid', String(UID), '--regid', String(UID), '--clear-groups', '--']
    const fixture = [process.execPath, join(import.meta.dirname, 'user.fixture.ts'), name, dataDir]
    const child = spawn(requireProgram('setpriv'), [...as, ...fixture], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, text } = await outputOf(child)
    rmSync(dataDir, { recursive: true, force: true })
    expect(code, text).toBe(0)
    expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toEqual({
      available: true,
      network: true,
      overlay: true,
      pids: true,
      ownUser: false,
      identity: 'uid=1000(sbx) gid=1000(sbx) groups=1000(sbx)\n',
      init: '',
      secret: '',
      killedBy: 'timeout',
      left: '0\n',
      layered: 'kept\nchanged\n',
      moved: 0,
      published: 'inside',
      userns: 1,
      left_over: [],
    })
  },
)

async function outputOf(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = ''
  for (const stream of [child.stderr, child.stdout]) {
    stream?.on('data', (chunk) => {
      text += chunk
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, text }
}
