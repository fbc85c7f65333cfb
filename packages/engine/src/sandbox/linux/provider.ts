import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { chown, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Capabilities, SandboxProvider, SandboxSpec } from '../port.ts'
import { type CgroupRoots, findCgroups, makeCgroup } from './cgroup.ts'
import { connectControl } from './control/client.ts'
import { ANSWER_MS } from './control/deadline.ts'
import { endTree, marker, removeRemains } from './end.ts'
import { sandboxEnvironment } from './environment.ts'
import { isRoot, privateRoot } from './host.ts'
import { takeHostUser } from './host-user.ts'
import { initDoors } from './init-doors.ts'
import { type Kit, prepareKit } from './kit.ts'
import { launchCommand } from './launch.ts'
import { inheritedListener } from './listeners.ts'
import { dataPaths, makeDataFolders, type SandboxPaths, sandboxPaths } from './paths.ts'
import { planSandbox, type SandboxPlan } from './plan.ts'
import { probeWithCanary } from './probe.ts'
import { childrenOf, isAlive, processRef } from './processes.ts'
import { createLinuxSandbox, type LinuxSandbox, PORT_SLOTS } from './sandbox.ts'
import { createSnapshots } from './snapshots.ts'
import { readState, type SandboxState, writeState } from './state.ts'
import { systemCallFilter } from './system-call-filter.ts'

const START_TIMEOUT_MS = 20_000
const REASON_MS = 2_000
const LOG_MAX_BYTES = 8 << 20

/** What a provider of this machine is made with. */
export interface LinuxProviderOptions {
  /** Absolute; sandboxes, layers and locks live below it. */
  dataDir: string
  /** The Node that runs inside as well; the one that runs this by default. */
  nodePath?: string
  /** How long a sandbox may take to answer a question before it is ended; 15 s by default. */
  answerMs?: number
  /** How often what a sandbox wrote is measured; 2 s by default. */
  diskLookMs?: number
  log?: (message: string) => void
}

/** What is different from one provider to the other: only how the plan becomes a command. */
export interface LinuxFlavour {
  name: string
  /** Isolates nothing and says so. */
  unsafe?: boolean
  programs: string[]
  version(): Promise<string>
  /** The command that launch.sh becomes after its orders. */
  command(plan: SandboxPlan): string[]
}

/** A provider with what is known of its own sandboxes beyond the port. */
export interface LinuxProvider extends SandboxProvider {
  create(spec: SandboxSpec, signal?: AbortSignal): Promise<LinuxSandbox>
  attach(id: string): Promise<LinuxSandbox | undefined>
}

interface Ready {
  kit: Kit
  cgroups: CgroupRoots | undefined
}

/** One implementation of the port for this machine; bubblewrap and unshare are its flavours. */
export function createLinuxProvider(flavour: LinuxFlavour, options: LinuxProviderOptions): LinuxProvider {
  const data = dataPaths(options.dataDir)
  const root = privateRoot()
  const living = new Set<string>()
  const snapshots = createSnapshots(data)
  let preparing: Promise<Ready> | undefined

  async function prepare(): Promise<Ready> {
    await makeDataFolders(data)
    if (isRoot()) await mkdir(join(root, 'stage'), { recursive: true, mode: 0o755 })
    return { kit: await prepareKit(data, options.nodePath ?? process.execPath), cgroups: await findCgroups() }
  }

  function ready(): Promise<Ready> {
    preparing ??= prepare().catch((error) => {
      preparing = undefined
      throw error
    })
    return preparing
  }

  async function create(spec: SandboxSpec, signal?: AbortSignal): Promise<LinuxSandbox> {
    signal?.throwIfAborted()
    const paths = sandboxPaths(data, spec.id, root)
    for (const layer of spec.layers) snapshots.assertLayer(layer)
    const { kit, cgroups } = await ready()
    const creator = processRef(process.pid)
    if (!creator) throw new Failure('sandbox-proc', 'The own process is not found in /proc.')
    await mkdir(paths.folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST'
        ? new Failure('sandbox-exists', `Sandbox ${spec.id} exists already.`)
        : error
    })
    const state: SandboxState = {
      id: spec.id,
      ownerId: spec.ownerId,
      provider: flavour.name,
      detached: spec.detached,
      creator,
      diskBytes: spec.limits.diskBytes,
      run: paths.run,
      ports: [],
      env: sandboxEnvironment(spec, kit),
    }
    try {
      await makeFolders(paths)
      if (isRoot()) state.hostUid = await takeHostUser(root, paths.folder)
      await writeState(paths.state, state)
      if (cgroups) state.cgroup = await makeCgroup(cgroups, spec.id, spec.limits)
      await writeState(paths.state, state)
      if (state.hostUid !== undefined) {
        await chown(paths.upper, state.hostUid, state.hostUid)
        await chown(paths.home, state.hostUid, state.hostUid)
      }
      return await start(spec, paths, state, kit, signal)
    } catch (error) {
      await endTree(state, paths)
      await removeRemains(state, paths, root)
      throw error
    }
  }

  async function start(
    spec: SandboxSpec,
    paths: SandboxPaths,
    state: SandboxState,
    kit: Kit,
    signal?: AbortSignal,
  ): Promise<LinuxSandbox> {
    const names = ['control.sock', ...Array.from({ length: PORT_SLOTS }, (_, n) => `slot${n}.sock`)]
    const listeners = await Promise.all(names.map((name) => inheritedListener(join(paths.run, name))))
    const log = spec.detached ? openSync(paths.log, 'a', 0o600) : undefined
    const filter = openFilter(paths)
    // Our copies go before the first connection: as long as they are open we would take it ourselves.
    function release(): void {
      for (const listener of listeners) listener.release()
      if (log !== undefined) closeSync(log)
      if (filter !== undefined) closeSync(filter)
    }
    const first = 3
    let child: ChildProcess
    try {
      const plan = planSandbox({
        spec,
        paths,
        kit,
        cgroup: state.cgroup,
        hostUid: state.hostUid,
        stageRoot: root,
        filterDescriptor:
          filter === undefined ? undefined : first + listeners.length + (log === undefined ? 0 : 1),
        init: {
          detached: spec.detached,
          egress: spec.network.mode === 'egress' ? '/run/signalbox/egress.sock' : null,
          control: first,
          slots: listeners.slice(1).map((_, n) => first + 1 + n),
          log: log === undefined ? null : first + listeners.length,
          logMaxBytes: LOG_MAX_BYTES,
          doors: initDoors(spec.doors, flavour.unsafe ?? false),
        },
      })
      const argv = launchCommand(
        plan,
        flavour.command(plan),
        2 + listeners.length + (log === undefined ? 0 : 1) + (filter === undefined ? 0 : 1),
      )
      child = spawn(argv[0] ?? '', argv.slice(1), {
        cwd: '/',
        detached: true,
        // Nothing of our environment: the sandbox's own first process can be read from inside.
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          LIBMOUNT_FORCE_MOUNT2: 'always',
          SIGNALBOX_SANDBOX: marker(spec.id, paths.folder).slice(18),
        },
        stdio: [
          'ignore',
          'ignore',
          'pipe',
          ...listeners.map((listener) => listener.fd),
          ...(log === undefined ? [] : [log]),
          ...(filter === undefined ? [] : [filter]),
        ],
      })
    } finally {
      release()
    }
    return await takeUp(child, paths, state, signal)
  }

  async function takeUp(
    child: ChildProcess,
    paths: SandboxPaths,
    state: SandboxState,
    signal?: AbortSignal,
  ): Promise<LinuxSandbox> {
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (errors.length < 4000) errors += chunk.toString('utf8')
    })
    const exited = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        errors += error.message
        resolve()
      })
      child.once('exit', () => resolve())
    })
    state.outer = child.pid === undefined ? undefined : processRef(child.pid)
    let stopWaiting: () => void = () => {}
    const failed = new Promise<never>((_, reject) => {
      const onAbort = (): void => reject(signal?.reason)
      // An abort from before the program ran is not told again.
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
      void exited.then(() => {
        const what = errors.trim().slice(0, 1000) || 'no reason was given'
        reject(new Failure('sandbox-start', `The sandbox did not start: ${what}`, { retryable: true }))
      })
      stopWaiting = () => signal?.removeEventListener('abort', onAbort)
    })
    failed.catch(() => {})
    const connecting = connectControl(paths.control, START_TIMEOUT_MS)
    try {
      // The connection may break before the program has told why.
      const answer = connecting.catch(async (error) => {
        await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, REASON_MS).unref())])
        throw error
      })
      const control = await Promise.race([answer, failed])
      const first = childrenOf(child.pid ?? 0)[0]
      state.first = first === undefined ? undefined : processRef(first)
      await writeState(paths.state, state)
      if (state.detached) {
        child.unref()
        child.stderr?.destroy()
      }
      return assemble(state, paths, control, exited)
    } catch (error) {
      connecting.then(
        (control) => control.close(),
        () => {},
      )
      throw error
    } finally {
      stopWaiting()
    }
  }

  function assemble(
    state: SandboxState,
    paths: SandboxPaths,
    control: Awaited<ReturnType<typeof connectControl>>,
    exited?: Promise<void>,
  ): LinuxSandbox {
    living.add(state.id)
    return createLinuxSandbox({
      state,
      paths,
      control,
      lockRoot: root,
      answerMs: options.answerMs ?? ANSWER_MS,
      diskLookMs: options.diskLookMs,
      log: options.log,
      exited,
      sealTo: snapshots.pathOf,
      forget: () => void living.delete(state.id),
    })
  }

  async function attach(id: string): Promise<LinuxSandbox | undefined> {
    const paths = sandboxPaths(data, id, root)
    const state = await readState(paths.state)
    if (!state?.detached) return undefined
    const control =
      state.first && isAlive(state.first)
        ? await connectControl(paths.control, START_TIMEOUT_MS).catch(() => undefined)
        : undefined
    if (control) return assemble(state, paths, control)
    // A creator that is still at it has not written down the first process yet.
    if (!state.first && isAlive(state.creator)) return undefined
    await endTree(state, paths)
    await removeRemains(state, paths, root)
    return undefined
  }

  async function reapOrphans(ownerId: string): Promise<number> {
    let reaped = 0
    for (const id of await readdir(data.sandboxes).catch(() => [])) {
      const paths = sandboxPaths(data, id, root)
      const state = await readState(paths.state)
      if (!state) {
        // Its maker was killed between making the folder and writing down what it is for.
        if (await isOld(paths.folder)) await rm(paths.folder, { recursive: true, force: true })
        continue
      }
      if (state.ownerId !== ownerId) continue
      const orphaned = !isAlive(state.creator)
      const unfinished = state.detached && (!state.first || !isAlive(state.first))
      if (!orphaned || (state.detached && !unfinished) || living.has(id)) continue
      options.log?.(`ending sandbox ${id}, left by ${ownerId}`)
      await endTree(state, paths)
      await removeRemains(state, paths, root)
      reaped++
    }
    return reaped
  }

  let probing: Promise<Capabilities> | undefined
  return {
    name: flavour.name,
    unsafe: flavour.unsafe ?? false,
    create,
    attach,
    reapOrphans,
    findSnapshot: snapshots.find,
    deleteSnapshot: snapshots.remove,
    probe() {
      probing ??= probeWithCanary({ flavour, create, ready })
      return probing
    },
  }
}

/** An open file that holds the filter of system calls; undefined on a machine without one. */
function openFilter(paths: SandboxPaths): number | undefined {
  const program = systemCallFilter()
  if (!program) return undefined
  const file = join(paths.folder, 'system-calls.bpf')
  writeFileSync(file, program, { mode: 0o600 })
  return openSync(file, 'r')
}

const unfinishedMs = 60_000

async function isOld(path: string): Promise<boolean> {
  const seen = await stat(path).catch(() => undefined)
  return seen !== undefined && Date.now() - seen.mtimeMs > unfinishedMs
}

async function makeFolders(paths: SandboxPaths): Promise<void> {
  await rm(paths.run, { recursive: true, force: true })
  await mkdir(paths.run, { mode: 0o700 })
  for (const folder of [paths.upper, paths.work, paths.home]) await mkdir(folder, { mode: 0o755 })
}
