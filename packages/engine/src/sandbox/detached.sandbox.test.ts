import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testSpec } from '@signalbox/testing/sandbox-contract.ts'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { findCgroups } from './linux/cgroup.ts'
import { privateRoot } from './linux/host.ts'
import { allPids } from './linux/processes.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sbx-'))
/** A busy machine takes its time; a state that never comes is still a failure. */
const STATE_MS = 60_000
vi.setConfig({ testTimeout: 3 * STATE_MS, hookTimeout: STATE_MS })
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path, agent: false }, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve(text))
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end()
  })
}

/** What the host still has of a sandbox: mounts, loop devices, control groups, locks of its user. */
async function leftOf(id: string): Promise<string[]> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(id))
  const groups = Object.values((await findCgroups())?.folders ?? {})
    .map((folder) => join(folder, `signalbox-${id}`))
    .filter((folder) => existsSync(folder))
  const devices = readdirSync('/sys/block')
    .map((name) => join('/sys/block', name, 'loop/backing_file'))
    .filter((file) => existsSync(file) && readFileSync(file, 'utf8').includes(dataDir))
  const uids = join(privateRoot(), 'uids')
  const locks = existsSync(uids) ? readdirSync(uids).map((name) => join(uids, name)) : []
  const held = locks.filter((lock) => existsSync(lock) && readFileSync(lock, 'utf8').includes(id))
  return [...mounts, ...groups, ...devices, ...held]
}

/** Starts the fixture and resolves with it and the socket once its service is up. */
async function creator(
  name: string,
  id: string,
  owner: string,
  kind: string,
): Promise<{ child: ChildProcess; socketPath: string }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'detached.fixture.ts'), name, dataDir, id, owner, kind],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const up = vi.waitFor(() => expect(text).toMatch(/up\n[\s\S]*socketPath|socketPath[\s\S]*up\n/), STATE_MS)
  // A creator that fails says why at once instead of being waited for.
  const failed = new Promise<never>((_, reject) => {
    child.once('close', (code) => reject(new Error(`the creator ended with ${code}: ${errors}`)))
  })
  failed.catch(() => {})
  up.catch(() => {})
  await Promise.race([up, failed])
  const socketPath: unknown = JSON.parse(/\{.*\}/.exec(text)?.[0] ?? '{}').socketPath
  if (typeof socketPath !== 'string') throw new Error('no socket')
  return { child, socketPath }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Host processes that were started for this sandbox: its id stands in their arguments or environment. */
function processesOf(id: string): number[] {
  return allPids().filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/environ`, 'latin1')
      const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
      return state !== 'Z' && words.includes(id)
    } catch {
      return false
    }
  })
}

describe.each([
  ['bubblewrap', createBubblewrapProvider],
  ['unshare', createUnshareProvider],
] as const)('%s', (name, make) => {
  const provider = make({ dataDir })

  test('a detached sandbox survives its creator, keeps its log, and another process takes it up', async () => {
    const { id, ownerId } = testSpec()
    const { child, socketPath } = await creator(name, id, ownerId, 'detached')
    expect(await get(socketPath, '/one')).toBe('green')
    await kill(child)
    expect(await get(socketPath, '/two')).toBe('green')
    expect(await provider.reapOrphans(ownerId)).toBe(0)
    const sandbox = await provider.attach(id)
    if (!sandbox) throw new Error('it is gone')
    await vi.waitFor(
      () => expect(readFileSync(sandbox.logPath, 'utf8')).toBe('up\nasked /one\nasked /two\n'),
      STATE_MS,
    )
    expect(await sandbox.exec(['bash', '-c', '[ $COLOUR = green ]'])).toEqual({ code: 0 })
    expect((await sandbox.publish(3000)).socketPath).toBe(socketPath)
    const [service] = await sandbox.services()
    let heard = ''
    const taken = service?.adopt({
      onOutput(_, chunk) {
        heard += Buffer.from(chunk).toString()
      },
    })
    await get(socketPath, '/three')
    await vi.waitFor(() => expect(heard).toBe('asked /three\n'), STATE_MS)
    expect(await taken?.stop(2_000)).toMatchObject({ code: null, signal: 'SIGTERM' })
    await sandbox.destroy()
    await sandbox.ended
    expect(processesOf(id)).toEqual([])
    expect(existsSync(socketPath)).toBe(false)
    expect(await provider.attach(id)).toBeUndefined()
  })

  test('one that is not detached dies with its creator and is reaped', async () => {
    const { id, ownerId } = testSpec()
    const { child, socketPath } = await creator(name, id, ownerId, 'bound')
    expect(await provider.attach(id)).toBeUndefined()
    expect(await provider.reapOrphans(ownerId), 'its creator lives').toBe(0)
    expect(await get(socketPath, '/')).toBe('green')
    await kill(child)
    await vi.waitFor(() => expect(processesOf(id)).toEqual([]), STATE_MS)
    expect(await provider.reapOrphans('somebody-else')).toBe(0)
    expect(await provider.reapOrphans(ownerId)).toBe(1)
    expect(await provider.reapOrphans(ownerId)).toBe(0)
    expect(readdirSync(join(dataDir, 'sandboxes'))).toEqual([])
    expect(await leftOf(id)).toEqual([])
  })

  test('a layer is writable for a sandbox of another user, and stays as it was', async () => {
    const first = await provider.create(testSpec())
    await first.exec(['bash', '-c', 'mkdir -p d/e && echo one >d/e/f'])
    const key = `k-${testSpec().id}`
    const layer = await first.snapshot(key)
    const both = [
      await provider.create(testSpec({ layers: [layer] })),
      await provider.create(testSpec({ layers: [layer] })),
    ]
    for (const sandbox of both) {
      expect(
        await sandbox.exec([
          'bash',
          '-ec',
          'echo two >>d/e/f; touch d/new; chmod 700 d/e; mv d/e d/moved; rm -r d; test ! -e d',
        ]),
      ).toEqual({ code: 0 })
      await sandbox.destroy()
    }
    expect(readFileSync(join(layer, 'd/e/f'), 'utf8')).toBe('one\n')
    await provider.deleteSnapshot(key)
  })

  test('destroy may be tried by a caller whose start is given up', async () => {
    const spec = testSpec()
    const abort = new AbortController()
    const creating = provider.create(spec, abort.signal)
    setImmediate(() => abort.abort())
    await expect(creating).rejects.toThrow()
    expect(processesOf(spec.id)).toEqual([])
    expect(readdirSync(join(dataDir, 'sandboxes'))).not.toContain(spec.id)
  })
})
