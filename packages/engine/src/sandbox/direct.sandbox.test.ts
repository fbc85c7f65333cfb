import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture, testSpec } from '@signalbox/testing/sandbox-contract.ts'
import { afterAll, expect, test } from 'vitest'
import { createDirectProvider } from './host/direct/provider.ts'
import { findByEnvironment } from './linux/processes.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sbx-direct-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const env = { PATH: process.env['PATH'], HOME: '/home/of-a-person', AWS_SECRET_KEY: 'hush' }
const direct = createDirectProvider({ dataDir, env })

const bash = (script: string) => ['bash', '-c', script]

test('it says of itself that it isolates nothing', async () => {
  expect(direct.unsafe).toBe(true)
  expect(await direct.probe()).toMatchObject({
    provider: 'host',
    available: true,
    network: { enforced: false },
  })
})

test('the folders of the port are real ones of the job, for the port, arguments and variables alike', async () => {
  const spec = testSpec()
  const sandbox = await direct.create(spec)
  const workspace = direct.seenAt?.(spec.id, '/workspace') ?? ''
  expect(sandbox.workspacePath).toBe(workspace)
  expect((await capture(sandbox, ['pwd'])).stdout).toBe(`${workspace}\n`)
  await sandbox.writeFile('/workspace/deep/a.txt', 'one')
  expect(readFileSync(join(workspace, 'deep/a.txt'), 'utf8')).toBe('one')
  const seen = await capture(sandbox, ['sh', '-c', 'cat "$1" "$F"', 'sh', '/workspace/deep/a.txt'], {
    env: { F: '/workspace/deep/a.txt' },
    cwd: '/workspace/deep',
  })
  expect(seen.stdout).toBe('oneone')
  expect(new TextDecoder().decode(await sandbox.readFile('/workspace/deep/a.txt', { maxBytes: 10 }))).toBe(
    'one',
  )
  await expect(sandbox.readFile('/workspace/deep/a.txt', { maxBytes: 2 })).rejects.toThrow('3 bytes')
  expect(await sandbox.readFile('/workspace/none', { maxBytes: 2 })).toBeUndefined()
  await sandbox.exec(['ln', '-s', '/etc/passwd', '/workspace/link'])
  await expect(sandbox.readFile('/workspace/link', { maxBytes: 99_999 })).rejects.toThrow(
    'not a regular file',
  )
  await expect(sandbox.writeFile('/workspace/link', 'x')).rejects.toThrow('not a regular file')
  await sandbox.destroy()
  expect(existsSync(join(workspace, 'deep'))).toBe(false)
})

test('a command has what programs need of the environment, and nothing else of it', async () => {
  const sandbox = await direct.create(testSpec({ env: { OF_THE_RUN: '1' } }))
  const { stdout } = await capture(sandbox, ['env'])
  expect(stdout).toMatch(/HOME=\/home\/of-a-person/)
  expect(stdout).toMatch(/OF_THE_RUN=1/)
  expect(stdout).not.toContain('hush')
  await sandbox.destroy()
})

test('output, exit codes, signals, time-outs and a missing program are told', async () => {
  const sandbox = await direct.create(testSpec())
  const mixed = await capture(sandbox, bash('echo out; echo err >&2; exit 7'))
  expect(mixed).toMatchObject({ stdout: 'out\n', stderr: 'err\n', code: 7 })
  expect(await sandbox.exec(bash('kill -TERM $$'))).toMatchObject({ code: null, signal: 'SIGTERM' })
  expect(await sandbox.exec(['sleep', '60'], { timeoutMs: 100 })).toMatchObject({ killedBy: 'timeout' })
  expect(await capture(sandbox, ['no-such-program'])).toMatchObject({ code: 127 })
  const fed = await capture(sandbox, ['cat'], { stdin: 'fed' })
  expect(fed.stdout).toBe('fed')
  await sandbox.destroy()
})

test('an end leaves no process, not even a daemon in a session of its own, and of this job alone', async () => {
  const [one, other] = await Promise.all([direct.create(testSpec()), direct.create(testSpec())])
  const daemon = 'setsid bash -c "exec -a daemon sleep 300" >/dev/null 2>&1 & echo "$SIGNALBOX_JOB"'
  const marks = await Promise.all(
    [one, other].map(async (box) => (await capture(box, bash(daemon))).stdout.trim()),
  )
  const alive = (at: number) => findByEnvironment(`SIGNALBOX_JOB=${marks[at]}`).length
  expect([alive(0), alive(1)]).toEqual([1, 1])
  const running = one.exec(['sleep', '300'])
  await one.destroy()
  expect(await running).toMatchObject({ killedBy: 'cancel' })
  expect([alive(0), alive(1)]).toEqual([0, 1])
  await other.destroy()
  expect(alive(1)).toBe(0)
})

test('archives go in and out, and ports are published', async () => {
  const [one, other] = await Promise.all([direct.create(testSpec()), direct.create(testSpec())])
  await one.writeFile('/workspace/out/a', 'A')
  await other.putArchive(one.getArchive('/workspace/out', { maxBytes: 1 << 20 }), '/workspace/in')
  expect(readFileSync(join(other.workspacePath, 'in/a'), 'utf8')).toBe('A')
  const script =
    'require("http").createServer((q, a) => a.end("hello")).listen(0, "127.0.0.1", function () { console.log(this.address().port) })'
  const port = await new Promise<number>((resolve) => {
    void one.spawn([process.execPath, '-e', script], {
      onOutput: (_stream, chunk) => resolve(Number(Buffer.from(chunk).toString())),
    })
  })
  const { url } = await (await one.publish(port)).listen()
  expect(await (await fetch(url)).text()).toBe('hello')
  await Promise.all([one.destroy(), other.destroy()])
})

test('what a run that was killed left behind is removed by the next', async () => {
  const gone = join(dataDir, 'host/4194305-77')
  mkdirSync(join(gone, 'job/workspace'), { recursive: true })
  writeFileSync(join(gone, 'job/workspace/x'), '')
  expect(await direct.reapOrphans('any')).toBe(1)
  expect(readdirSync(join(dataDir, 'host'))).not.toContain('4194305-77')
})
