/** Goes through the main cases as whoever starts it and prints what it saw; started by user.sandbox.test.ts. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import type { ExecOptions, Sandbox, SandboxSpec } from './port.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const [name, dataDir = ''] = process.argv.slice(2)
const provider = (name === 'unshare' ? createUnshareProvider : createBubblewrapProvider)({ dataDir })
const spec = (id: string, layers: string[] = []): SandboxSpec => ({
  id,
  ownerId: 'user',
  limits: { memoryBytes: 512 << 20, pids: 128, cpus: 1, diskBytes: 256 << 20 },
  network: { mode: 'none' },
  env: {},
  layers,
  detached: false,
})

async function text(sandbox: Sandbox, script: string, options: ExecOptions = {}): Promise<string> {
  let seen = ''
  await sandbox.exec(['bash', '-c', script], {
    ...options,
    onOutput(_, chunk) {
      seen += Buffer.from(chunk).toString()
    },
  })
  return seen
}

const can = await provider.probe()
const first = await provider.create(spec('first'))
const identity = await text(first, 'id')
const init = await text(
  first,
  'for f in mem environ maps; do (exec 3<"/proc/$PPID/$f") 2>/dev/null && echo $f; done; ls /proc/$PPID/fd 2>/dev/null',
)
const secret = await text(first, `cat ${join(dataDir, 'sandboxes/first/state.json')} 2>/dev/null`)
const { killedBy } = await first.exec(['bash', '-c', 'setsid sleep 1001 & sleep 1002'], { timeoutMs: 300 })
const left = await text(first, 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "sleep 100[12]"')
const userns = (await first.exec(['unshare', '-U', 'true'])).code
await text(first, 'mkdir -p d/e; echo kept >d/kept; echo old >d/e/f')
const layer = await first.snapshot('layer')

const second = await provider.create(spec('second', [layer]))
const layered = await text(second, 'echo changed >d/e/f; cat d/kept d/e/f')
const moved = (await second.exec(['mv', 'd', 'moved'])).code
const up = Promise.withResolvers<void>()
const server =
  "require('http').createServer((q,r)=>r.end('inside')).listen(3000,'127.0.0.1',()=>console.log('up'))"
await second.spawn(['node', '-e', server], { onOutput: () => up.resolve() })
await up.promise
const port = await second.publish(3000)
const listener = await port.listen()
const published = await (await fetch(listener.url)).text()
await text(second, 'mkdir shut; touch shut/f; chmod 000 shut')
await second.destroy()

console.log(
  JSON.stringify({
    available: can.available,
    network: can.network.enforced,
    overlay: can.overlay.enforced,
    pids: can.pids.enforced,
    ownUser: can.ownUser.enforced,
    identity,
    init,
    secret,
    killedBy,
    left,
    layered,
    moved,
    published,
    userns,
    left_over: await readdir(join(dataDir, 'sandboxes')),
  }),
)
