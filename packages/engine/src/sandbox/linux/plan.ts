import { statSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { SandboxSpec } from '../port.ts'
import { type Cgroup, procsFiles } from './cgroup.ts'
import { isRoot, requireProgram, rootFolders } from './host.ts'
import { isSandboxUser } from './host-user.ts'
import { type Kit, MAX_LAYERS } from './kit.ts'
import type { SandboxPaths } from './paths.ts'

/** What V8 reserves as writable before it uses any: with 400 MB Node does not start, with 600 it does. */
const NODE_DATA_BYTES = 600 << 20

/** One mount of the sandbox's own view. Sources are host paths as the launcher's mount namespace shows them. */
export interface SandboxMount {
  kind: 'ro' | 'rw' | 'link'
  source: string
  target: string
}

/** All that a provider needs to become the sandbox; the same for each of them. */
export interface SandboxPlan {
  /** Orders for launch.sh up to its `run`. */
  orders: string[]
  mounts: SandboxMount[]
  /** Folder of the kit as the launcher sees it. */
  stage: string
  hostUid: number | undefined
  detached: boolean
  tmpBytes: number
  /** The command inside: limits, then our init. */
  init: string[]
  rlimits: string[]
  /** The inherited file that holds the filter of system calls, for who can put it on. */
  filterDescriptor: number | undefined
}

export interface PlanInput {
  spec: SandboxSpec
  paths: SandboxPaths
  kit: Kit
  cgroup: Cgroup | undefined
  hostUid: number | undefined
  /** Where the kit is mounted for a user who may not walk through the data folder; root only. */
  stageRoot: string
  filterDescriptor: number | undefined
  init: object
}

/** Decides what is mounted where and which orders the launcher gets; touches nothing. */
export function planSandbox(input: PlanInput): SandboxPlan {
  const { spec, paths, kit } = input
  if (spec.layers.length > MAX_LAYERS)
    throw new Failure('sandbox-layers', `At most ${MAX_LAYERS} layers; ${spec.layers.length} were given.`)
  const staged = isRoot()
  const stage = staged ? join(input.stageRoot, 'stage') : kit.folder
  const orders = (input.cgroup ? procsFiles(input.cgroup) : []).flatMap((file) => ['join', file])
  if (staged) orders.push('bind', kit.folder, stage)
  const at = (name: string): string => join(stage, 'mnt', name)

  const lower = spec.layers.map((layer, n) => {
    const from = statSync(layer, { throwIfNoEntry: false })?.uid
    if (from === undefined) throw new Failure('sandbox-layer-missing', `The layer ${layer} does not exist.`)
    if (input.hostUid === undefined || from === input.hostUid || !isSandboxUser(from)) return layer
    const machine = arch() === 'arm64' ? 'aarch64' : 'x86_64'
    orders.push(
      'idmap',
      join(import.meta.dirname, 'scripts/idmap.pl'),
      machine,
      layer,
      at(`layer${n}`),
      String(from),
      String(input.hostUid),
    )
    return at(`layer${n}`)
  })
  // The overlay's option lists the uppermost layer first; without any it still wants a lower folder.
  const lowerdir = lower.length === 0 ? at('empty') : lower.reverse().join(':')
  const options = [`lowerdir=${lowerdir}`, `upperdir=${paths.upper}`, `workdir=${paths.work}`]
  // As root the overlay keeps its marks where the sandbox cannot write them, and can rename folders of a layer.
  options.push(staged ? 'redirect_dir=on' : 'userxattr')
  orders.push('overlay', options.join(','), at('ws'))

  let home = paths.home
  if (staged) {
    orders.push('bind', paths.home, at('home'))
    home = at('home')
  }
  const mounts: SandboxMount[] = [{ kind: 'ro', source: '/usr', target: '/usr' }]
  for (const folder of rootFolders()) {
    if (folder.link === undefined) mounts.push({ kind: 'ro', source: folder.path, target: folder.path })
    else mounts.push({ kind: 'link', source: folder.link, target: folder.path })
  }
  mounts.push({ kind: 'ro', source: join(stage, 'etc'), target: '/etc' })
  mounts.push({ kind: 'ro', source: join(stage, 'opt'), target: '/opt/signalbox' })
  if (kit.nodeSource !== undefined)
    mounts.push({ kind: 'ro', source: kit.nodeSource, target: '/opt/signalbox/node/bin/node' })
  if (spec.toolsFolder !== undefined) {
    if (staged) orders.push('bind', spec.toolsFolder, at('tools'))
    mounts.push({ kind: 'ro', source: staged ? at('tools') : spec.toolsFolder, target: '/opt/tools' })
  }
  mounts.push({ kind: 'rw', source: at('ws'), target: '/workspace' })
  mounts.push({ kind: 'rw', source: home, target: '/home/sbx' })
  if (spec.network.mode === 'egress') {
    let socket = spec.network.proxySocket
    if (staged) {
      orders.push('bind', socket, at('egress.sock'))
      socket = at('egress.sock')
    }
    mounts.push({ kind: 'ro', source: socket, target: '/run/signalbox/egress.sock' })
  }
  if (spec.doors) {
    if (staged) orders.push('bind', spec.doors.folder, at('services'))
    mounts.push({
      kind: 'ro',
      source: staged ? at('services') : spec.doors.folder,
      target: '/run/signalbox/services',
    })
  }
  const rlimits = rlimitsFor(spec, input.cgroup)
  return {
    orders,
    mounts,
    stage,
    hostUid: input.hostUid,
    detached: spec.detached,
    tmpBytes: Math.max(16 << 20, Math.min(spec.limits.diskBytes, Math.floor(spec.limits.memoryBytes / 2))),
    rlimits,
    filterDescriptor: input.filterDescriptor,
    init: [
      requireProgram('prlimit'),
      ...rlimits,
      '--',
      // By way of a file that cannot be read, so that no step can trace or rewrite the init; see loader.ts.
      '/opt/signalbox/loader',
      '/opt/signalbox/node/bin/node',
      // Whoever may send a signal would else open its inspector.
      '--disable-sigusr1',
      '--v8-pool-size=1',
      '--max-semi-space-size=1',
      '/opt/signalbox/init/main.cjs',
      JSON.stringify(input.init),
    ],
  }
}

/**
 * Limits of each process and of the sandbox's own user namespace. RLIMIT_NPROC is set inside, so it counts the
 * sandbox's processes only. RLIMIT_AS would stop Node, which reserves far more than it uses; RLIMIT_DATA counts
 * what is writable, and is used where no cgroup holds the memory.
 */
function rlimitsFor(spec: SandboxSpec, cgroup: Cgroup | undefined): string[] {
  const { limits } = spec
  const set = [`--nproc=${limits.pids}`, `--fsize=${limits.diskBytes}`, '--core=0']
  if (cgroup?.folders.memory === undefined) set.push(`--data=${limits.memoryBytes + NODE_DATA_BYTES}`)
  return set
}
