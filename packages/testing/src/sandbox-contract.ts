import { Readable } from 'node:stream'
import type { ExecOptions, Sandbox, SandboxProvider, SandboxSpec } from '@signalbox/engine/sandbox/port.ts'
import { afterEach, describe, expect, test } from 'vitest'

/** A provider under test. */
export interface SandboxProviderUnderTest {
  provider(): SandboxProvider
  /** False for a fake: what needs real processes is left out. */
  real: boolean
  /** Who a command is inside, as `id -u` and `hostname` tell it; undefined where that is the host's. */
  identity?: string
}

let count = 0

/** A spec of a fresh id with room enough for Node. */
export function testSpec(over: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    id: `t-${process.pid}-${Date.now().toString(36)}-${count++}`,
    ownerId: `test-${process.pid}`,
    limits: { memoryBytes: 512 << 20, pids: 256, cpus: 2, diskBytes: 512 << 20 },
    network: { mode: 'none' },
    env: {},
    layers: [],
    detached: false,
    ...over,
  }
}

/** Runs a command and gives its output with its result. */
export async function capture(sandbox: Sandbox, argv: string[], options: ExecOptions = {}) {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const onOutput: ExecOptions['onOutput'] = (stream, chunk) => void chunks[stream].push(chunk)
  const result = await sandbox.exec(argv, { onOutput, ...options })
  return {
    ...result,
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
  }
}

const bash = (script: string): string[] => ['bash', '-c', script]

/** The contract of the sandbox port, for every provider. */
export function describeSandboxContract(name: string, under: SandboxProviderUnderTest): void {
  describe(`sandbox contract: ${name}`, () => {
    const made: Sandbox[] = []
    const make = async (over: Partial<SandboxSpec> = {}): Promise<Sandbox> => {
      const sandbox = await under.provider().create(testSpec(over))
      made.push(sandbox)
      return sandbox
    }
    afterEach(async () => {
      for (const sandbox of made.splice(0)) await sandbox.destroy()
    })

    describeForAll(under, make)
    if (under.real) {
      describeCommands(make)
      describeFiles(make)
      describeTools(under, make)
      describePorts(make)
    }
  })
}

type Make = (over?: Partial<SandboxSpec>) => Promise<Sandbox>

function describeForAll(under: SandboxProviderUnderTest, make: Make): void {
  test('runs commands side by side and tells how they ended', async () => {
    const sandbox = await make()
    const [echo, no, cat, missing] = await Promise.all([
      capture(sandbox, ['echo', 'a', 'b']),
      capture(sandbox, ['false']),
      capture(sandbox, ['cat'], { stdin: 'through stdin' }),
      capture(sandbox, ['no-such-command']),
    ])
    expect(echo).toMatchObject({ code: 0, stdout: 'a b\n' })
    expect(no).toMatchObject({ code: 1 })
    expect(cat).toMatchObject({ code: 0, stdout: 'through stdin' })
    expect(missing).toMatchObject({ code: 127 })
    expect(missing.stderr).toContain('no-such-command')
  })

  test('ends a command at its time-out and when its caller gives up', async () => {
    const sandbox = await make()
    expect(await sandbox.exec(['sleep', '60'], { timeoutMs: 50 })).toMatchObject({
      code: null,
      killedBy: 'timeout',
    })
    expect(await sandbox.exec(['sleep', '60'], { signal: AbortSignal.timeout(50) })).toMatchObject({
      killedBy: 'cancel',
    })
    expect(await sandbox.exec(['sleep', '60'], { signal: AbortSignal.abort() })).toMatchObject({
      killedBy: 'cancel',
    })
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
  })

  test('destroy ends what runs, may be called twice, and nothing works afterwards', async () => {
    const sandbox = await make()
    const running = sandbox.exec(['sleep', '60'])
    await sandbox.exec(['true'])
    await Promise.all([sandbox.destroy(), sandbox.destroy()])
    expect(await running).toMatchObject({ code: null, killedBy: 'cancel' })
    await sandbox.ended
    await sandbox.destroy()
    await expect(sandbox.exec(['true'])).rejects.toMatchObject({ code: 'sandbox-ended' })
  })

  test('a service runs beside commands until it is stopped', async () => {
    const sandbox = await make()
    const service = await sandbox.spawn(['sleep', '60'])
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
    expect(await service.stop(1_000)).toMatchObject({ code: null, signal: 'SIGTERM' })
    expect(await service.exited).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  test('files go in and out, absent ones are undefined, too large ones and ways upwards are refused', async () => {
    const sandbox = await make()
    await sandbox.writeFile('a/b.txt', 'text')
    await sandbox.writeFile('/workspace/a/bytes', Uint8Array.of(0, 255))
    expect(
      Buffer.from((await sandbox.readFile('/workspace/a/b.txt', { maxBytes: 4 })) ?? []).toString(),
    ).toBe('text')
    expect([...((await sandbox.readFile('a/bytes', { maxBytes: 10 })) ?? [])]).toEqual([0, 255])
    expect(await sandbox.readFile('a/none', { maxBytes: 10 })).toBeUndefined()
    await expect(sandbox.readFile('a/b.txt', { maxBytes: 3 })).rejects.toMatchObject({
      code: 'sandbox-file-too-large',
    })
    await expect(sandbox.readFile('../../etc/passwd', { maxBytes: 99 })).rejects.toMatchObject({
      code: 'sandbox-path-refused',
    })
  })

  test('a snapshot becomes a layer under the next workspace, and the layer stays as it was', async () => {
    const provider = under.provider()
    const key = `key-${process.pid}-${Date.now().toString(36)}-${count++}`
    const first = await make()
    await first.writeFile('kept/file', 'from the first')
    expect(await provider.findSnapshot(key)).toBeUndefined()
    const layer = await first.snapshot(key)
    expect(await provider.findSnapshot(key)).toBe(layer)
    const second = await make({ layers: [layer] })
    expect(Buffer.from((await second.readFile('kept/file', { maxBytes: 99 })) ?? []).toString()).toBe(
      'from the first',
    )
    await second.writeFile('kept/file', 'changed')
    await second.destroy()
    const third = await make({ layers: [layer] })
    expect(Buffer.from((await third.readFile('kept/file', { maxBytes: 99 })) ?? []).toString()).toBe(
      'from the first',
    )
    await third.destroy()
    await provider.deleteSnapshot(key)
    await provider.deleteSnapshot(key)
    expect(await provider.findSnapshot(key)).toBeUndefined()
  })

  test('an id that could mean another folder is refused, and so is one that is taken', async () => {
    for (const id of ['../x', 'A', '', 'a/b', 'x'.repeat(65)]) {
      await expect(make({ id })).rejects.toMatchObject({ code: 'sandbox-id' })
    }
    const sandbox = await make()
    await expect(make({ id: sandbox.id })).rejects.toMatchObject({ code: 'sandbox-exists' })
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
  })
}

function describeCommands(make: Make): void {
  test('output is complete, in order, and waits for a slow reader', async () => {
    const sandbox = await make()
    let text = ''
    let last = 0
    let inside = 0
    await sandbox.exec(bash('for i in $(seq 100000); do echo line $i; done; echo $SECONDS >&2'), {
      async onOutput(stream, chunk) {
        expect(++inside, 'one call at a time').toBe(1)
        if (stream === 'stdout') text += Buffer.from(chunk).toString()
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      },
    })
    for (const line of text.trimEnd().split('\n')) expect(line).toBe(`line ${++last}`)
    expect(last).toBe(100_000)
  })

  test('a background child that holds the pipe does not hold the command', async () => {
    const sandbox = await make()
    const result = await capture(sandbox, bash('sleep 120 & seq 20000; echo last'))
    expect(result.code).toBe(0)
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(20_001)
    expect(result.stdout.endsWith('20000\nlast\n')).toBe(true)
    // And it lives on, as a later step may want it.
    expect((await capture(sandbox, bash('pgrep -c sleep || ps | grep -c [s]leep'))).stdout.trim()).toBe('1')
  })

  test.each(['timeout', 'cancel'] as const)(
    '%s ends the whole tree, setsid and double forks included',
    async (how) => {
      const sandbox = await make()
      const script =
        'setsid sleep 1001 & (setsid bash -c "sleep 1002 & sleep 1003" &) ; nohup sleep 1004 & echo ready; sleep 1005'
      const abort = new AbortController()
      const result = await sandbox.exec(bash(script), {
        timeoutMs: how === 'timeout' ? 700 : undefined,
        signal: abort.signal,
        onOutput: () => (how === 'cancel' ? abort.abort() : undefined),
      })
      expect(result).toMatchObject({ code: null, killedBy: how })
      expect(
        (
          await capture(sandbox, bash('cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "sleep 100[1-5]"'))
        ).stdout.trim(),
      ).toBe('0')
    },
  )

  test('stdin is closed unless given; environment, folder and signal are as asked', async () => {
    const sandbox = await make({ env: { ONE: '1' } })
    expect(await capture(sandbox, ['cat'])).toMatchObject({ code: 0, stdout: '' })
    expect(
      (await capture(sandbox, bash('echo $ONE $TWO; pwd'), { env: { TWO: '2' }, cwd: '/tmp' })).stdout,
    ).toBe('1 2\n/tmp\n')
    expect(await sandbox.exec(bash('kill -TERM $$'))).toMatchObject({ code: null, signal: 'SIGTERM' })
    const big = 'x'.repeat(3_000_000)
    expect((await capture(sandbox, ['wc', '-c'], { stdin: big })).stdout.trim()).toBe('3000000')
  })

  test('one that kills its init is lost, and what ran there says so', async () => {
    const sandbox = await make()
    const other = sandbox.exec(['sleep', '60'])
    const killer = await sandbox.exec(bash('kill -9 $PPID; sleep 60'))
    expect(killer).toMatchObject({ code: null, killedBy: 'sandbox-lost' })
    expect(await other).toMatchObject({ killedBy: 'sandbox-lost' })
    await sandbox.ended
    await expect(sandbox.readFile('x', { maxBytes: 1 })).rejects.toMatchObject({ code: 'sandbox-lost' })
  })
}

function describeFiles(make: Make): void {
  test('a folder goes out as tar and in again, and not more of it than asked for', async () => {
    const sandbox = await make()
    await sandbox.exec(bash('mkdir -p d/e && echo one >d/1 && echo two >d/e/2 && ln -s /etc/passwd d/link'))
    const chunks: Uint8Array[] = []
    for await (const chunk of sandbox.getArchive('/workspace/d', { maxBytes: 1 << 20 })) chunks.push(chunk)
    await sandbox.putArchive(Readable.from(chunks), '/workspace/copy')
    expect((await capture(sandbox, bash('cat copy/1 copy/e/2; readlink copy/link'))).stdout).toBe(
      'one\ntwo\n/etc/passwd\n',
    )
    await sandbox.exec(bash('head -c 5000000 /dev/zero >d/big'))
    const tooMuch = async () => {
      for await (const _ of sandbox.getArchive('d', { maxBytes: 1 << 20 }));
    }
    await expect(tooMuch()).rejects.toMatchObject({ code: 'sandbox-archive-too-large' })
    await expect(sandbox.putArchive(Readable.from([Buffer.from('no tar')]), '/tmp/x')).rejects.toMatchObject({
      code: 'sandbox-archive',
    })
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
  })

  test('links are never followed', async () => {
    const sandbox = await make()
    await sandbox.exec(
      bash(
        'ln -s /etc/passwd l; mkdir real; ln -s real dir; echo x >real/f; mkfifo pipe; ln -s /nowhere gone',
      ),
    )
    for (const path of ['l', 'dir/f', 'pipe', 'gone', 'real']) {
      await expect(sandbox.readFile(path, { maxBytes: 9999 }), path).rejects.toMatchObject({
        code: 'sandbox-path-refused',
      })
    }
    for (const path of ['l', 'dir/f', 'gone']) {
      await expect(sandbox.writeFile(path, 'x'), path).rejects.toMatchObject({ code: 'sandbox-path-refused' })
    }
    await expect(sandbox.writeFile('/usr/x', 'x')).rejects.toThrow()
  })
}

function describePorts(make: Make): void {
  test('a port inside answers outside, over the socket and over loopback, and not after the end', async () => {
    const sandbox = await make()
    const script =
      "require('http').createServer((q,r)=>r.end('inside '+q.url)).listen(3000,'127.0.0.1',()=>console.log('up'))"
    const up = Promise.withResolvers<void>()
    const service = await sandbox.spawn(['node', '-e', script], { onOutput: () => up.resolve() })
    await up.promise
    const port = await sandbox.publish(3000)
    expect((await sandbox.publish(3000)).socketPath).toBe(port.socketPath)
    const { url } = await port.listen()
    expect(await (await fetch(`${url}/x`)).text()).toBe('inside /x')
    const many = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => await (await fetch(`${url}/${n}`)).text()),
    )
    expect(many).toEqual(many.map((_, n) => `inside /${n}`))
    await port.close()
    await expect(fetch(url)).rejects.toThrow()
    await service.stop()
  })
}

function describeTools(under: SandboxProviderUnderTest, make: Make): void {
  test('has git, node, npm and bash', async () => {
    const sandbox = await make()
    const tools = await capture(sandbox, bash('node -v; npm -v; git init -q . && git status --short'))
    expect(tools.stderr).toBe('')
    expect(tools.stdout).toMatch(/^v24\.\d+\.\d+\n\d+\.\d+\.\d+\n$/)
    const identity = await capture(sandbox, bash('id -u; hostname'))
    if (under.identity) expect(identity.stdout).toBe(under.identity)
    else expect(identity.stdout).not.toMatch(/^0\n/)
  })
}
