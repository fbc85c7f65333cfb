/**
 * A process that makes one sandbox and waits to be killed; started by detached.sandbox.test.ts.
 * Arguments: provider, data folder, sandbox id, owner, "detached" or "bound".
 */
import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const [name, dataDir = '', id = '', ownerId = '', kind] = process.argv.slice(2)
const provider = (name === 'unshare' ? createUnshareProvider : createBubblewrapProvider)({ dataDir })
const sandbox = await provider.create({
  id,
  ownerId,
  limits: { memoryBytes: 512 << 20, pids: 256, cpus: 2, diskBytes: 512 << 20 },
  network: { mode: 'none' },
  env: { COLOUR: 'green' },
  layers: [],
  detached: kind === 'detached',
})
const script = `require('http').createServer((q,r)=>{console.log('asked',q.url);r.end(process.env.COLOUR)}).listen(3000,'127.0.0.1',()=>console.log('up'))`
const service = await sandbox.spawn(['node', '-e', script], {
  onOutput: (_, chunk) => void process.stdout.write(chunk),
})
const port = await sandbox.publish(3000)
console.log(JSON.stringify({ socketPath: port.socketPath }))
await service.exited
