import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { capture, testSpec } from '@signalbox/testing/sandbox-contract.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { type EgressRecord, startEgressProxy } from './egress/proxy.ts'
import { isRoot } from './linux/host.ts'
import { childrenOf } from './linux/processes.ts'
import type { Capabilities, Sandbox, SandboxSpec } from './port.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sbx-'))
const canary = `canary-${process.pid}-${Date.now()}`
const hostFile = join(tmpdir(), canary)

beforeAll(() => {
  process.env['SIGNALBOX_TEST_SECRET'] = canary
  writeFileSync(hostFile, canary, { mode: 0o644 })
})
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true })
  rmSync(hostFile)
})

const bash = (script: string): string[] => ['bash', '-c', script]
const node = (script: string): string[] => ['node', '-e', script]

async function portOf(server: {
  address(): unknown
  listen(port: number, host: string, done: () => void): unknown
}): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}

/** Stops the init of a sandbox as its steps can, but at a moment of our choice. */
async function stopInit(id: string): Promise<void> {
  const text = readFileSync(join(dataDir, 'sandboxes', id, 'state.json'), 'utf8')
  const first: number = JSON.parse(text).first.pid
  const [init] = childrenOf(first)
  if (init === undefined) throw new Error('no init')
  process.kill(init, 'SIGSTOP')
  await vi.waitFor(() => expect(readFileSync(`/proc/${init}/stat`, 'utf8')).toMatch(/\) T /), 20_000)
}

describe.each([
  ['bubblewrap', createBubblewrapProvider],
  ['unshare', createUnshareProvider],
] as const)('attacks on %s', (_, create) => {
  const provider = create({ dataDir })
  const made: Sandbox[] = []
  let can: Capabilities
  beforeAll(async () => {
    can = await provider.probe()
    expect(can.reason).toBeUndefined()
  })
  async function make(over: Partial<SandboxSpec> = {}): Promise<Sandbox> {
    const sandbox = await provider.create(testSpec(over))
    made.push(sandbox)
    return sandbox
  }
  afterEach(async () => {
    for (const sandbox of made.splice(0)) await sandbox.destroy()
    expect(readdirSync(join(dataDir, 'sandboxes'))).toEqual([])
  })

  test('the files and the environment of the host are absent', async () => {
    const sandbox = await make()
    const { stdout } = await capture(
      sandbox,
      bash(
        `ls -d /root /home/* /var/lib /boot /srv ${dataDir} 2>/dev/null; cat ${hostFile}; cat /proc/*/environ; cat /etc/shadow; find / -xdev -name '${canary}*' 2>/dev/null`,
      ),
    )
    expect(stdout).not.toContain(canary)
    expect(stdout.split('\n')[0]).toBe('/home/sbx')
    expect(stdout).not.toMatch(/^\/(root|boot|srv|var\/lib)/m)
    expect(
      (
        await capture(
          sandbox,
          bash('cat /proc/1/environ | tr "\\0" "\\n" | cut -d= -f1 | sort | tr "\\n" " "'),
        )
      ).stdout,
    ).not.toMatch(/HOME|TOKEN|KEY|SECRET/)
  })

  test('what is not the sandbox’s own cannot be written', async () => {
    const sandbox = await make()
    const { stdout } = await capture(
      sandbox,
      bash(
        'for p in /usr/x /etc/x /opt/signalbox/init/main.cjs /opt/signalbox/node/bin/node /bin/x /x /proc/sys/kernel/hostname /proc/sysrq-trigger; do (echo x >>$p) 2>/dev/null && echo wrote $p; done; true',
      ),
    )
    expect(stdout).toBe('')
  })

  test('services of the host, the metadata route and the internet are out of reach', async () => {
    const server = createServer((socket) => socket.end('reached'))
    const port = await portOf(server)
    const sandbox = await make()
    const script = `for t in 127.0.0.1/${port} 169.254.169.254/80 10.0.0.1/80 1.1.1.1/443; do timeout 3 bash -c "exec 3<>/dev/tcp/$t" 2>/dev/null && echo reached $t; done; ls /run /var/run 2>/dev/null; cut -d: -f1 -s /proc/net/dev; cat /proc/net/unix | grep -o '/.*'`
    expect((await capture(sandbox, bash(script))).stdout.trim()).toMatch(/^\s*face \|bytes.*|lo$/)
    expect((await capture(sandbox, bash(script))).stdout).not.toContain('reached')
    server.close()
  })

  test('processes of the host are neither seen nor reached', async () => {
    const sandbox = await make()
    const { stdout } = await capture(
      sandbox,
      bash(`ls -d /proc/[0-9]* | wc -l; kill -0 ${process.pid} 2>&1; kill -9 1 2>/dev/null; echo alive`),
    )
    expect(Number(stdout.split('\n')[0])).toBeLessThan(12)
    expect(stdout).toContain('No such process')
    expect(stdout).toContain('alive')
  })

  test('no way to more rights: setuid, su, mount, mknod, chroot, capabilities, nested user namespaces', async () => {
    const sandbox = await make()
    const script = `su -c id 2>/dev/null && echo su; mount -t tmpfs x /tmp 2>/dev/null && echo mount; mknod /tmp/n b 8 0 2>/dev/null && echo mknod
      chroot / true 2>/dev/null && echo chroot; unshare -U true 2>/dev/null && echo userns; unshare -n true 2>/dev/null && echo netns
      cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id && chown 0 /tmp/id 2>/dev/null && echo chown; ip link add d type dummy 2>/dev/null && echo link
      grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status | tr -s '\\t\\n' ' '`
    const { stdout } = await capture(sandbox, bash(script))
    const zero = '0000000000000000'
    expect(stdout.trim()).toBe(
      `CapInh: ${zero} CapPrm: ${zero} CapEff: ${zero} CapBnd: ${zero} CapAmb: ${zero} NoNewPrivs: 1`,
    )
  })

  test('a fork bomb ends with its command and harms nobody else', async () => {
    const sandbox = await make({ limits: { ...testSpec().limits, pids: 64 } })
    const other = await make()
    const bomb = sandbox.exec(bash('b() { b | b & }; b; sleep 60'), { timeoutMs: 1_500 })
    expect(await other.exec(['true'])).toEqual({ code: 0 })
    expect((await bomb).code).not.toBe(0)
    expect(can.pids.enforced).toBe(true)
    await sandbox.destroy()
  })

  test('a memory hog is ended and called so', async () => {
    if (!can.memory.enforced) return expect(can.memory.how).not.toBe('')
    const sandbox = await make({ limits: { ...testSpec().limits, memoryBytes: 200 << 20 } })
    const hog = 'const a=[];for(;;)a.push(Buffer.alloc(1<<20,1))'
    expect(await sandbox.exec(node(hog))).toMatchObject({ killedBy: 'oom' })
    expect(await sandbox.exec(bash(`node -e '${hog}'; exit $?`))).toMatchObject({
      code: 137,
      killedBy: 'oom',
    })
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
  })

  test('disk: one file is bounded, /tmp is bounded, and what is not is said', async () => {
    const sandbox = await make({ limits: { ...testSpec().limits, diskBytes: 8 << 20 } })
    const { stdout } = await capture(
      sandbox,
      bash(
        'head -c 20000000 /dev/zero >big 2>/dev/null; stat -c %s big; for i in 1 2 3 4 5 6; do head -c 8000000 /dev/zero >/tmp/f$i; done 2>/dev/null; du -sb /tmp | cut -f1',
      ),
    )
    const [big, tmp] = stdout.split('\n').map(Number)
    expect(big).toBe(8 << 20)
    expect(tmp).toBeLessThan(20 << 20)
    expect(can.disk).toMatchObject({ enforced: false, how: expect.stringContaining('RLIMIT_FSIZE') })
  })

  test('many files beyond the limit end the sandbox, and it is called so', async () => {
    const watched = create({ dataDir, diskLookMs: 50 })
    const sandbox = await watched.create(testSpec({ limits: { ...testSpec().limits, diskBytes: 8 << 20 } }))
    made.push(sandbox)
    const fill = 'for i in $(seq 9); do head -c 4000000 /dev/zero >f$i; done; mkdir -p ~/x; sleep 60'
    expect(await sandbox.exec(bash(fill))).toMatchObject({ code: null, killedBy: 'disk' })
    await sandbox.ended
  })

  test('system calls that no job needs are refused, and others are not', async () => {
    const sandbox = await make()
    const [bpf, keyctl, userfaultfd, mount] =
      process.arch === 'arm64' ? [280, 219, 282, 40] : [321, 250, 323, 165]
    const perl = `use Socket;
      sub call { my ($name, @args) = @_; my $r = syscall(shift(@args), @args); my $e = $! + 0; print "$name ", ($r >= 0 ? "done" : $e == 1 ? "EPERM" : $e == 38 ? "ENOSYS" : $e), "\\n" }
      call("bpf", ${bpf}, 0, 0, 0); call("keyctl", ${keyctl}, 0, -3, 1); call("userfaultfd", ${userfaultfd}, 1);
      call("mount", ${mount}, 0, 0, 0, 0, 0); call("io_uring", 425, 8, 0);
      for my $family (38, 40) { socket(my $s, $family, 1, 0) and print "socket $family\\n" }
      socket(my $u, AF_UNIX, SOCK_STREAM, 0) and print "unix\\n"; socket(my $t, AF_INET, SOCK_STREAM, 0) and print "inet\\n"`
    const { stdout } = await capture(sandbox, bash(`perl -e '${perl}'`))
    expect(stdout.trim().split('\n')).toEqual([
      'bpf EPERM',
      'keyctl EPERM',
      'userfaultfd EPERM',
      'mount EPERM',
      'io_uring ENOSYS',
      'unix',
      'inet',
    ])
    expect(can.syscalls).toMatchObject({ enforced: true })
  })

  test('no terminal to push characters into', async () => {
    const sandbox = await make()
    const script = `perl -e 'my $c = "x"; open(my $t, "+<", "/dev/tty") or exit 3; ioctl($t, 0x5412, $c) and exit 0; exit 4'`
    expect((await sandbox.exec(bash(script))).code).toBe(3)
    expect(
      (
        await sandbox.exec(
          bash(
            `perl -e 'my $c = "x"; for my $f (0..20) { open(my $t, "<&=", $f) or next; exit 7 if ioctl($t, 0x5412, $c) } exit 0'`,
          ),
        )
      ).code,
    ).toBe(0)
  })

  test('a command inherits none of our descriptors', async () => {
    const sandbox = await make({ detached: true })
    const { stdout } = await capture(sandbox, bash('ls /proc/$$/fd; true'))
    expect(stdout).toBe('0\n1\n2\n')
    const first = await capture(sandbox, bash('ls /proc/1/fd 2>/dev/null; true'))
    expect(
      first.stdout
        .split('\n')
        .map(Number)
        .filter((fd) => fd > 32),
    ).toEqual([])
  })

  test('links and ways upwards in archives stay inside', async () => {
    const sandbox = await make()
    await sandbox.exec(bash(`ln -s ${tmpdir()} out; ln -s / root; mkdir d; ln -s ${hostFile} d/l`))
    await expect(sandbox.readFile(`out/${canary}`, { maxBytes: 99 })).rejects.toThrow()
    await expect(sandbox.readFile(`root${hostFile}`, { maxBytes: 99 })).rejects.toThrow()
    for (const path of ['/workspace/../../etc', '..']) {
      expect(() => sandbox.getArchive(path, { maxBytes: 99 })).toThrow(/upwards/)
    }
    const tar = await capture(
      sandbox,
      bash(
        `cd /tmp && mkdir -p a && echo x >a/f && tar -cPf - --transform='s,^,../../../../../../tmp/evil-${canary}/,' a 2>/dev/null | base64 -w0`,
      ),
    )
    await sandbox.putArchive(Readable.from([Buffer.from(tar.stdout, 'base64')]), '/workspace').catch(() => {})
    expect(existsSync(join(tmpdir(), `evil-${canary}`))).toBe(false)
  })

  test('deleting everything harms only itself', async () => {
    const sandbox = await make()
    await sandbox.exec(
      bash('rm -rf --no-preserve-root / 2>/dev/null; rm -rf /workspace/* /home/sbx/* /tmp/* /opt/signalbox'),
    )
    expect(existsSync(hostFile)).toBe(true)
    expect(await sandbox.exec(['true'])).toEqual({ code: 0 })
    expect(await (await make()).exec(['node', '-v'])).toEqual({ code: 0 })
  })

  test('what is hard to remove is removed: very long paths, folders without rights, odd names', async () => {
    const sandbox = await make()
    const name = 'd'.repeat(100)
    const script = `for i in $(seq 200); do mkdir ${name} && cd ${name}; done; cd /workspace; mkdir $'-rf \\n' shut; touch shut/f; chmod 000 shut .`
    await sandbox.exec(bash(script))
    await sandbox.destroy()
    expect(existsSync(sandbox.workspacePath)).toBe(false)
  })

  test('garbage in place of our init’s words ends the sandbox and nothing else', async () => {
    const sandbox = await make()
    // Whoever runs inside has the init's user: here it is taken over by way of its own descriptors' peers.
    const { stdout } = await capture(
      sandbox,
      bash(
        'ls -l /proc/$PPID/fd 2>/dev/null | grep -c socket; (exec 3<>/proc/$PPID/fd/3) 2>/dev/null && echo opened; ls /run/signalbox 2>/dev/null',
      ),
    )
    expect(stdout).not.toContain('opened')
    expect(stdout).not.toContain('control')
    const lost = sandbox.exec(['sleep', '60'])
    await sandbox.exec(bash('kill -9 $PPID'))
    expect(await lost).toMatchObject({ killedBy: 'sandbox-lost' })
  })

  test('the init cannot be taken over: memory, descriptors, tracing, inspector', async () => {
    const sandbox = await make()
    const [ptrace, readv] = process.arch === 'arm64' ? [117, 270] : [101, 310]
    const perl = `my $p = $ENV{TARGET} + 0;
      for my $f (qw(mem environ maps syscall fd/0 fd/3 exe cwd/x root/etc/passwd)) { open(my $h, "<", "/proc/$p/$f") and print "read $f\\n" }
      for my $f (qw(mem oom_score_adj)) { open(my $h, "+<", "/proc/$p/$f") and print "opened $f\\n" }
      opendir(my $d, "/proc/$p/fd") and print "listed\\n";
      print "seized\\n" if syscall(${ptrace}, 0x4206, $p, 0, 0) == 0;
      print "attached\\n" if syscall(${ptrace}, 16, $p, 0, 0) == 0;
      my $b = "x" x 8; my $v = pack("PQ", $b, 8); my $r = pack("QQ", 0x400000, 8);
      syscall(${readv}, $p, $v, 1, $r, 1, 0); print "copied: $!\\n" unless $!{EPERM};`
    const attack = `TARGET=$PPID perl -MErrno -e '${perl}'; kill -USR1 $PPID; kill -USR2 $PPID
      for i in 1 2 3 4 5 6 7 8 9 10; do (exec 3<>/dev/tcp/127.0.0.1/9229) 2>/dev/null && echo inspector; sleep 0.1; done`
    expect((await capture(sandbox, bash(attack))).stdout).toBe('')
    // The same means do work on what is a step's own: an attack that reaches nothing would show nothing.
    const own = `sleep 60 & TARGET=$! perl -MErrno -e '${perl}'; kill -9 %1`
    const reached = (await capture(sandbox, bash(own))).stdout
    for (const way of ['read mem', 'opened mem', 'listed', 'seized', 'copied: '])
      expect(reached).toContain(way)
    // The first process is a step's equal with bubblewrap; it holds no socket but the one for its own complaints.
    const first =
      'for f in /proc/1/fd/*; do case "$(readlink $f)" in socket:*) echo ${f##*/};; esac; done 2>/dev/null'
    expect(['', '2\n']).toContain((await capture(sandbox, bash(first))).stdout)
    expect(await sandbox.exec(bash('exit 1'))).toEqual({ code: 1 })
  })

  test('an init that is stopped does not hold a time-out', async () => {
    const sandbox = await make()
    const result = await sandbox.exec(bash('kill -STOP $PPID; sleep 60'), { timeoutMs: 200 })
    expect(result).toMatchObject({ code: null, killedBy: 'timeout' })
    await sandbox.ended
  })

  test('an init that is stopped keeps no question waiting, and ends', async () => {
    const impatient = create({ dataDir, answerMs: 2_000 })
    const questions: Array<(sandbox: Sandbox) => Promise<unknown>> = [
      (sandbox) => sandbox.readFile('x', { maxBytes: 9 }),
      (sandbox) => sandbox.writeFile('x', 'y'),
      (sandbox) => sandbox.exec(['true']),
      async (sandbox) => await (await sandbox.spawn(['true'])).exited,
    ]
    for (const ask of questions) {
      const sandbox = await impatient.create(testSpec())
      made.push(sandbox)
      const running = sandbox.exec(['sleep', '600']).catch((error: unknown) => error)
      await sandbox.writeFile('x', 'begun')
      await stopInit(sandbox.id)
      await expect(ask(sandbox)).rejects.toMatchObject({ code: 'sandbox-no-answer' })
      await running
      await sandbox.ended
    }
  })

  test('with egress, the proxy and nothing else is reached', async () => {
    const web = createHttpServer((req, res) => res.end(`web ${req.url}`))
    const port = await portOf(web)
    const records: EgressRecord[] = []
    const proxy = await startEgressProxy({
      socketPath: join(dataDir, 'egress.sock'),
      allow: ['allowed.example'],
      onRequest: (record) => records.push(record),
      unsafeAllowLoopbackForTests: [`localhost:${port}`],
    })
    const sandbox = await make({ network: { mode: 'egress', proxySocket: proxy.socketPath } })
    const through = (url: string) =>
      capture(
        sandbox,
        node(`require('http').get({port:3128,path:'${url}',headers:{host:'x'}},(r)=>{let t=r.statusCode+' ';
          r.on('data',(c)=>t+=c).on('end',()=>console.log(t))})`),
      )
    const fetching = (url: string) =>
      capture(
        sandbox,
        node(
          `fetch('${url}').then(async(r)=>console.log(r.status,await r.text()),()=>console.log('failed'))`,
        ),
        {
          env: { NO_PROXY: '', no_proxy: '' },
        },
      )
    expect((await through(`http://localhost:${port}/x`)).stdout).toBe('200 web /x\n')
    expect((await through(`http://127.0.0.1:${port}/x`)).stdout).toContain('403 ')
    expect((await through('http://refused.example/')).stdout).toMatch(/^403 .*refused\.example:80 is not on/)
    expect((await fetching(`http://localhost:${port}/y`)).stdout).toBe('200 web /y\n')
    expect((await fetching('https://refused.example/')).stdout).toBe('failed\n')
    const direct = `timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/${port}" 2>/dev/null && echo reached; true`
    expect((await capture(sandbox, bash(direct))).stdout).toBe('')
    await vi.waitFor(() =>
      expect(records.map(({ host, allowed }) => `${host} ${allowed}`).sort()).toEqual([
        '127.0.0.1 false',
        'localhost true',
        'localhost true',
        'refused.example false',
        'refused.example false',
      ]),
    )
    await proxy.close()
    web.close()
  })

  test('each has a host user of its own where we are root', async () => {
    const [one, two] = [await make(), await make()]
    const uid = async (sandbox: Sandbox): Promise<number> => {
      await sandbox.writeFile('mine', 'x')
      return statSync(join(sandbox.workspacePath, 'mine')).uid
    }
    const [first, second] = [await uid(one), await uid(two)]
    if (isRoot()) expect(first).not.toBe(second)
    else expect(can.ownUser.enforced).toBe(false)
    expect(first).not.toBe(0)
  })
})
