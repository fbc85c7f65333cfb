import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { newId } from '@signalbox/core/base/ids.ts'
import type { Capabilities, Enforcement, SandboxSpec } from '../port.ts'
import type { CgroupRoots } from './cgroup.ts'
import { findProgram, isRoot } from './host.ts'
import type { LinuxFlavour } from './provider.ts'
import type { LinuxSandbox } from './sandbox.ts'

const TIMEOUT_MS = 20_000
const MEMORY_BYTES = 192 << 20
const PIDS = 48
const NODE = '/opt/signalbox/node/bin/node'

/** What a probe needs of its provider. */
export interface ProbeInput {
  flavour: LinuxFlavour
  create(spec: SandboxSpec): Promise<LinuxSandbox>
  ready(): Promise<{ cgroups: CgroupRoots | undefined }>
}

const nothing = (how: string): Enforcement => ({ enforced: false, how })

/** Runs a canary sandbox and tries to break each limit from inside; what could not be shown is not claimed. */
export async function probeWithCanary(input: ProbeInput): Promise<Capabilities> {
  const { flavour } = input
  const missing = flavour.programs.filter((name) => findProgram(name) === undefined)
  if (missing.length > 0) {
    const packages = missing.includes('bwrap') ? 'bubblewrap' : 'util-linux'
    return unavailable(flavour.name, `${missing.join(', ')} is missing on this machine; install ${packages}.`)
  }
  let sandbox: LinuxSandbox | undefined
  try {
    const { cgroups } = await input.ready()
    const id = `probe-${newId()}`
    const limits = { memoryBytes: MEMORY_BYTES, pids: PIDS, cpus: 0.5, diskBytes: 64 << 20 }
    sandbox = await input.create({
      id,
      ownerId: 'probe',
      limits,
      network: { mode: 'none' },
      env: {},
      layers: [],
      detached: false,
    })
    const network = await probeNetwork(sandbox)
    // Limits that do not hold are shown; a network that does is no sandbox at all.
    if (!network.enforced && !flavour.unsafe) {
      return unavailable(flavour.name, `Its network is not closed: ${network.how} No job is run in it.`)
    }
    const open = await probeInit(sandbox)
    if (open) return unavailable(flavour.name, open)
    return {
      provider: flavour.name,
      available: true,
      version: await flavour.version(),
      overlay: await probeOverlay(sandbox),
      network,
      ownUser: probeOwnUser(sandbox),
      syscalls: await probeSystemCalls(sandbox),
      memory: await probeMemory(sandbox, cgroups),
      pids: await probePids(sandbox, cgroups),
      cpu: probeCpu(cgroups, id),
      disk: nothing(
        'The kernel bounds each file (RLIMIT_FSIZE), not their sum: that is measured every 2 s, and a sandbox beyond it is ended.',
      ),
    }
  } catch (error) {
    return unavailable(flavour.name, reasonOf(error))
  } finally {
    await sandbox?.destroy().catch(() => {})
  }
}

/** The answer of a provider that cannot work here. */
export function unavailable(provider: string, reason: string): Capabilities {
  const none = nothing('The provider does not work here.')
  return {
    provider,
    available: false,
    reason,
    memory: none,
    pids: none,
    cpu: none,
    disk: none,
    network: none,
    ownUser: none,
    syscalls: none,
    overlay: none,
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (/unshare failed|namespace|uid_map|Operation not permitted|No space left/i.test(text)) {
    return `User namespaces seem to be forbidden here (${text.split('\n', 1)[0]?.slice(0, 300)}). Allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces) or run as root.`
  }
  return text.split('\n', 1)[0]?.slice(0, 500) ?? ''
}

async function output(
  sandbox: LinuxSandbox,
  argv: string[],
): Promise<{ text: string; code: number | null; killedBy?: string }> {
  let text = ''
  const result = await sandbox.exec(argv, {
    timeoutMs: TIMEOUT_MS,
    onOutput: (_, chunk) => {
      if (text.length < 10_000) text += Buffer.from(chunk).toString('utf8')
    },
  })
  return { text, code: result.code, killedBy: result.killedBy }
}

async function probeOverlay(sandbox: LinuxSandbox): Promise<Enforcement> {
  await sandbox.writeFile('/workspace/canary', 'x')
  const seen = statSync(join(sandbox.workspacePath, 'canary'), { throwIfNoEntry: false })?.isFile() ?? false
  return {
    enforced: seen,
    how: seen ? 'overlayfs' : 'A file written inside does not show in the upper folder.',
  }
}

async function probeNetwork(sandbox: LinuxSandbox): Promise<Enforcement> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const script = `for h in 127.0.0.1 169.254.169.254; do (exec 3<>/dev/tcp/$h/${port}) 2>/dev/null && echo reached; done; cat /proc/net/dev`
  const { text } = await output(sandbox, ['bash', '-c', script])
  server.close()
  const interfaces = text.split('\n').flatMap((line) => /^\s*([^\s:|]+):/.exec(line)?.[1] ?? [])
  const held = !text.includes('reached') && interfaces.join() === 'lo'
  return {
    enforced: held,
    how: held
      ? 'network namespace with loopback only'
      : `From inside were reached or seen: ${text.slice(0, 200)}`,
  }
}

/** Why no job can be believed here: a step could rewrite the program that reports its exit. */
async function probeInit(sandbox: LinuxSandbox): Promise<string | undefined> {
  const { text } = await output(sandbox, [
    'bash',
    '-c',
    '(exec 3<"/proc/$PPID/mem") 2>/dev/null || echo shut',
  ])
  if (text === 'shut\n') return undefined
  const setting = readFileSync('/proc/sys/fs/suid_dumpable', 'utf8').trim()
  return `A step can reach the program that reports its result (fs.suid_dumpable is ${setting}; it must not be 1). No job is run in it.`
}

/** One more filter than we are under ourselves; proc_pid_status(5). */
async function probeSystemCalls(sandbox: LinuxSandbox): Promise<Enforcement> {
  const filters = (text: string) => Number(/^Seccomp_filters:\s*(\d+)$/m.exec(text)?.[1] ?? 0)
  const { text } = await output(sandbox, ['cat', '/proc/self/status'])
  const held = filters(text) > filters(readFileSync('/proc/self/status', 'utf8'))
  return held
    ? { enforced: true, how: 'seccomp: bpf, io_uring, keyctl, userfaultfd, mounts and others are refused' }
    : nothing('No filter of system calls could be put on (it needs x64 or arm64, and bubblewrap or perl).')
}

function probeOwnUser(sandbox: LinuxSandbox): Enforcement {
  if (!isRoot())
    return nothing(
      'Runs under the user who started Signalbox; a user of its own for each sandbox needs root.',
    )
  const owner = statSync(join(sandbox.workspacePath, 'canary')).uid
  return { enforced: owner !== 0, how: `host user ${owner}` }
}

async function probePids(sandbox: LinuxSandbox, cgroups: CgroupRoots | undefined): Promise<Enforcement> {
  const script = `let n=0,left=${PIDS * 2};const {spawn}=require('child_process');const all=[];
    const over=()=>{if(--left===0){console.log('started '+n);for(const c of all)c.kill('SIGKILL')}};
    for(let i=0;i<${PIDS * 2};i++){try{const c=spawn('/usr/bin/sleep',['30'],{stdio:'ignore'});
    c.once('spawn',()=>{n++;all.push(c);over()});c.once('error',over)}catch{over()}}`
  const { text, code } = await output(sandbox, [NODE, '-e', script])
  const started = Number(/started (\d+)/.exec(text)?.[1] ?? 0)
  const held = code !== 0 || started < PIDS
  const by = cgroups?.folders.pids
    ? `cgroup v${cgroups.version} pids`
    : 'prlimit --nproc in the sandbox’s own user namespace'
  return held
    ? { enforced: true, how: by }
    : nothing(`${started} processes were started against a limit of ${PIDS}.`)
}

async function probeMemory(sandbox: LinuxSandbox, cgroups: CgroupRoots | undefined): Promise<Enforcement> {
  if (!cgroups?.folders.memory) {
    return nothing(
      'No memory cgroup may be made here; RLIMIT_DATA bounds each process, nothing bounds their sum.',
    )
  }
  const script = 'const a=[];for(let i=0;i<512;i++)a.push(Buffer.alloc(1<<20,1))'
  const { code, killedBy } = await output(sandbox, [NODE, '-e', script])
  const by = `cgroup v${cgroups.version} memory`
  return killedBy === 'oom'
    ? { enforced: true, how: by }
    : nothing(`${by}: a hog beyond the limit ended with ${code}.`)
}

function probeCpu(cgroups: CgroupRoots | undefined, id: string): Enforcement {
  const folder = cgroups?.folders.cpu
  if (!cgroups || folder === undefined) return nothing('No cpu cgroup may be made here.')
  const group = join(folder, `signalbox-${id}`)
  const file = join(group, cgroups.version === 1 ? 'cpu.cfs_quota_us' : 'cpu.max')
  const quota = readFileSync(file, 'utf8').trim().split(' ')[0]
  const members = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim()
  const held = quota === '50000' && members !== ''
  return held
    ? { enforced: true, how: `cgroup v${cgroups.version} cpu quota` }
    : nothing(`The quota reads ${quota}.`)
}
