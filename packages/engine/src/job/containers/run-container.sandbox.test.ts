import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { containersOrNotRun, testImage } from '@signalbox/testing/container-images.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEngineClient } from '../../sandbox/docker/client.ts'
import { containersOf } from '../../sandbox/docker/containers.ts'
import { createContainerEngine } from '../../sandbox/docker/engine.ts'
import { engineAddress } from '../../sandbox/docker/engine-address.ts'
import { startEgressProxy } from '../../sandbox/egress/proxy.ts'
import { type JobFixture, jobFixture, type Ran, type RunOptions } from '../job-fixture.ts'

const engine = await containersOrNotRun('jobs in containers')

describe.skipIf(!engine)('a job in a container', () => {
  let fixture: JobFixture
  beforeAll(() => {
    fixture = jobFixture({ 'README.md': 'hello\n' })
    const dataDir = fixture.dataDir
    fixture.dependencies.containers = createContainerEngine({ dataDir, env: engine?.env ?? {} })
  })
  afterAll(() => fixture.close())
  const run = (job: string, steps: string, options: RunOptions = {}): Promise<Ran> =>
    fixture.run(steps, { ...options, job })

  test('runs its steps with sh in the image, whose environment and user they have', async () => {
    const ran = await run(
      `container:\n  image: ${testImage}\n  env:\n    GREETING: hi there\n  options: --hostname made-here`,
      `- uses: actions/checkout@v6
- id: one
  run: |
    echo "shell $0 user $(id -u) host $(hostname) greeting $GREETING home $HOME"
    cat README.md
    echo "answer=42" >> "$GITHUB_OUTPUT"
    ls /opt/signalbox
- run: echo "then \${{ steps.one.outputs.answer }} in \${{ job.container.id != '' }} \${{ job.container.network }}"
- shell: bash
  run: '[[ -n "$BASH_VERSION" ]] && echo bash'`,
    )
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(ran.text()).toMatch(/user 0 host made-here greeting hi there home \/home\/sbx/)
    expect(ran.text()).toMatch(/shell .*\.sh /)
    expect(ran.text()).toContain('hello')
    expect(ran.text()).toMatch(/then 42 in true container:[0-9a-f]{64}/)
  })

  const web = (port: number, say: string) =>
    `node -e "require('node:http').createServer((_, a) => a.end('${say}')).listen(${port})"`
  const get = (url: string) =>
    `/opt/signalbox/node/bin/node -e "fetch('${url}').then(async a => console.log('got', await a.text()), e => console.log('refused', e.cause?.code))"`
  const getInside = (url: string) => get(url).replace('/opt/signalbox/node/bin/node', 'node')

  test('a job without a container reaches services on localhost, each where its ports say', async () => {
    const ran = await run(
      `services:
  one:
    image: ${testImage}
    ports: ['8080']
    command: ${JSON.stringify(web(8080, 'first'))}
    options: --health-cmd "node -e \\"fetch('http://127.0.0.1:8080')\\"" --health-interval 1s
  two:
    image: ${testImage}
    ports: ['9090:8080']
    command: ${JSON.stringify(web(8080, 'second'))}
    options: --health-cmd "node -e \\"fetch('http://127.0.0.1:8080')\\"" --health-interval 1s`,
      `- run: ${get('http://127.0.0.1:8080')}
- run: ${get("http://localhost:${{ job.services.two.ports['8080'] }}")}
- run: echo "port \${{ job.services.two.ports['8080'] }}"; id -u; ls /`,
    )
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(ran.text()).toContain('got first')
    expect(ran.text()).toContain('got second')
    expect(ran.text()).toContain('port 9090')
    expect(ran.text(0)).toMatch(/Service one is healthy after/)
    expect(await left()).toEqual([])
  })

  test('a job in a container reaches services by their names, on all ports that they have open', async () => {
    const ran = await run(
      `container: ${testImage}
services:
  web:
    image: ${testImage}
    command: ${JSON.stringify(web(7070, 'by name'))}
    options: --health-cmd "node -e \\"fetch('http://127.0.0.1:7070')\\"" --health-interval 1s`,
      `- run: ${getInside('http://web:7070')}`,
    )
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(ran.text()).toContain('got by name')
  })

  test('a service that does not become healthy fails the job with its last lines and what its check said', async () => {
    const ran = await run(
      `services:
  sick:
    image: ${testImage}
    command: ${JSON.stringify(`sh -c "echo I am not well; sleep 100"`)}
    options: --health-cmd "echo no good; exit 1" --health-interval 1s --health-retries 2`,
      '- run: echo never',
    )
    expect(ran.result).toMatchObject({ conclusion: 'failure' })
    expect(ran.result.reason).toMatch(/service sick did not become healthy; its check said: no good/)
    expect(ran.text(0)).toContain('I am not well')
    expect(ran.text()).not.toContain('never')
    expect(await left()).toEqual([])
  })

  test('a service that ends at once, and an image that is nowhere, are told with the way out', async () => {
    const ended = await run(
      `services:\n  gone:\n    image: ${testImage}\n    command: sh -c "echo bye; exit 3"`,
      '- run: echo never',
    )
    expect(ended.result.reason).toMatch(/service gone ended with exit code 3/)
    const missing = await run('container: registry.invalid/none/such:1', '- run: echo never')
    expect(missing.result.reason).toMatch(
      /The image registry.invalid\/none\/such:1 is not on this machine and could not be pulled/,
    )
    expect(missing.result.reason).toMatch(/docker pull registry.invalid\/none\/such:1/)
  })

  test('without an engine the job says what to install, and other jobs run', async () => {
    const { containers } = fixture.dependencies
    fixture.dependencies.containers = createContainerEngine({
      dataDir: fixture.dataDir,
      env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    })
    try {
      const ran = await run(`container: ${testImage}`, '- run: echo never')
      expect(ran.result.reason).toMatch(
        /container needs a container engine. No container engine listens at \/nowhere\/docker.sock.*Install Docker/,
      )
      expect((await run('timeout-minutes: 1', '- run: echo fine')).result.conclusion).toBe('success')
    } finally {
      fixture.dependencies.containers = containers
    }
  })

  test('no way out: no address, no name, no metadata, no engine, no tracing, no device, no more rights', async () => {
    const server = createServer((socket) => socket.end('host'))
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const hosts = Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? [])
    const attack = `const net=require('node:net'),dns=require('node:dns');
for (const h of ${JSON.stringify([...hosts, '169.254.169.254', '172.17.0.1', '1.1.1.1'])}) net.connect({host:h,port:h==='1.1.1.1'?443:h.startsWith('169')?80:${port},timeout:2000}).on('connect',()=>console.log('REACHED',h)).on('error',()=>{});
dns.resolve('example.com',(e,a)=>{if(a)console.log('REACHED dns',a)});
setTimeout(()=>process.exit(),3000)`
    const ran = await run(
      `container: ${testImage}`,
      `- run: |
    cat > /tmp/attack.js <<'END'
${attack.replace(/^/gm, '    ')}
    END
    node /tmp/attack.js
    ls /sys/class/net
    ls /var/run/docker.sock /run/docker.sock /run/signalbox/host 2>/dev/null && ls -l /run/signalbox
    mknod /tmp/disk b 8 0 && echo MADE-DEVICE
    for p in /proc/[0-9]*; do case "$(cat $p/cmdline 2>/dev/null | tr '\\0' ' ' 2>/dev/null || cat $p/cmdline)" in /opt/signalbox/loader*) echo FOUND-INIT; (: < $p/mem) && echo OPENED-INIT;; esac; done
    (echo x > /opt/signalbox/init/main.cjs) && echo WROTE-KIT
    rm -f /run/signalbox/host/calls.sock && echo REMOVED-SOCKET
    cat /proc/self/status | grep -E 'NoNewPrivs|CapBnd|CapEff'
    exit 0`,
    )
    server.close()
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(ran.text()).not.toMatch(/REACHED|MADE-DEVICE|OPENED-INIT|WROTE-KIT|REMOVED-SOCKET|docker\.sock/)
    expect(ran.text()).toMatch(/FOUND-INIT/)
    expect(ran.text()).toMatch(/^lo$/m)
    expect(ran.text()).toMatch(/NoNewPrivs:\s*1/)
    // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SYS_CHROOT and no other.
    expect(ran.text()).toMatch(/CapBnd:\s*00000000000404fb/)
  })

  test('the egress proxy is the only way out, and its list holds in a container', async () => {
    const socketPath = join(fixture.dataDir, 'egress.sock')
    const asked: string[] = []
    const proxy = await startEgressProxy({
      socketPath,
      allow: [],
      onRequest: ({ host, allowed }) => void asked.push(`${host} ${allowed}`),
    })
    const ran = await run(
      `container: ${testImage}`,
      `- run: node -e "fetch('http://example.com/').then(a => console.log('status', a.status), e => console.log('refused'))"; echo proxy $HTTP_PROXY`,
      { request: { network: { mode: 'egress', proxySocket: socketPath } } },
    )
    await proxy.close()
    expect(ran.result, ran.text()).toMatchObject({ conclusion: 'success' })
    expect(asked).toEqual(['example.com false'])
  })

  test('what a killed process left is removed by the next of its owner', async () => {
    const script = `
const { createContainerEngine } = await import(${JSON.stringify(join(import.meta.dirname, '../sandbox/docker/engine.ts'))})
const engine = createContainerEngine({ dataDir: ${JSON.stringify(fixture.dataDir)}, env: process.env })
const job = await engine.openJob({ id: 'left-behind', ownerId: 'killed', limits: { memoryBytes: 5e8, pids: 99, cpus: 1, diskBytes: 1e9 }, onProgress() {} })
await job.startService('s', { image: ${JSON.stringify(testImage)}, env: {}, labels: {}, volumes: [{ name: 'data', path: '/data', readOnly: false }], tmpfs: {}, capDrop: [], command: ['sleep', '1000'] }, [80])
console.log('up')
setInterval(() => {}, 1000)`
    const child = spawn(
      process.execPath,
      [
        '--import',
        join(import.meta.dirname, '../../../../tools/json-modules.mjs'),
        '--input-type=module',
        '-e',
        script,
      ],
      { env: { ...process.env, ...engine?.env }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect((await left('killed')).length).toBe(2)
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    expect(await fixture.dependencies.containers?.reapOrphans('killed')).toBe(2)
    expect(await left('killed')).toEqual([])
    expect(existsSync(join(fixture.dataDir, 'containers/left-behind'))).toBe(false)
  })

  /** Containers of an owner. */
  async function left(ownerId = 'test'): Promise<string[]> {
    const client = createEngineClient(engineAddress(engine?.env ?? {}))
    return (await containersOf(client, ownerId)).map(({ id }) => id)
  }
})
