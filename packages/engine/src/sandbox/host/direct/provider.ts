import { existsSync, mkdirSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ControlClient } from '../../linux/control/client.ts'
import { findByEnvironment, isAlive, killProcess, processRef } from '../../linux/processes.ts'
import type { Capabilities, Enforcement, SandboxProvider } from '../../port.ts'
import { directEnvironment } from './environment.ts'
import { directPaths } from './paths.ts'
import { createDirectSandbox } from './sandbox.ts'
import { startStarter } from './starter.ts'

/** A marker of everything that one run started, and one of everything that one job of it did. */
const runName = 'SIGNALBOX_RUN'
const jobName = 'SIGNALBOX_JOB'

/**
 * UNSAFE, for runs without a server: commands run on this machine itself, as the person who starts them, with their
 * files, network and programs. A job has a workspace of its own, and its processes end with it, daemons included.
 */
export function createDirectProvider(options: {
  dataDir: string
  /** The environment of the person; only what programs need is taken from it. */
  env: NodeJS.ProcessEnv
}): SandboxProvider {
  const top = join(options.dataDir, 'host')
  const own = processRef(process.pid)
  const run = `${own?.pid}-${own?.startTicks}`
  const runFolder = join(top, run)
  const environment = directEnvironment(options.env)
  let starter: Promise<ControlClient> | undefined

  function starting(): Promise<ControlClient> {
    starter ??= startStarter({ run: `${runName}=${run}`, keyPrefix: `${run}-`, folder: runFolder })
    return starter
  }

  return {
    name: 'host',
    unsafe: true,
    seenAt: (id, path) => directPaths(runFolder, id).real(path),
    async probe() {
      const available = existsSync('/proc/self/environ')
      if (available) await starting()
      return capabilitiesOf(available)
    },
    async create(spec, signal) {
      signal?.throwIfAborted()
      const control = await starting()
      const paths = directPaths(runFolder, spec.id)
      if (!existsSync(runFolder)) mkdirSync(runFolder, { recursive: true, mode: 0o700 })
      mkdirSync(paths.folder)
      mkdirSync(paths.workspace)
      const marker: [string, string] = [jobName, `${run}-${spec.id}`]
      const env = { ...environment, [runName]: run, ...spec.env }
      return createDirectSandbox({ id: spec.id, paths, control, env, marker })
    },
    attach: async () => undefined,
    findSnapshot: async () => undefined,
    deleteSnapshot: async () => {},
    async reapOrphans() {
      let reaped = 0
      for (const name of await readdir(top).catch(() => [])) {
        const [, pid, startTicks] = /^(\d+)-(\d+)$/.exec(name) ?? []
        if (!pid || !startTicks || isAlive({ pid: Number(pid), startTicks })) continue
        // What it started ended with it, unless its starter was killed as well.
        for (const ref of findByEnvironment(`${runName}=${name}`)) killProcess(ref)
        await rm(join(top, name), { recursive: true, force: true })
        reaped++
      }
      return reaped
    },
  }
}

function capabilitiesOf(available: boolean): Capabilities {
  const no: Enforcement = { enforced: false, how: 'jobs run on the machine itself' }
  const limits = {
    memory: no,
    pids: no,
    cpu: no,
    disk: no,
    network: no,
    ownUser: no,
    syscalls: no,
    overlay: no,
  }
  if (available) return { provider: 'host', available, version: 'UNSAFE, no isolation', ...limits }
  const reason = 'This machine has no /proc, by which what a job leaves behind is found; it needs Linux.'
  return { provider: 'host', available, reason, ...limits }
}

/** The provider, started. Throws a Failure `no-sandbox` that says what is missing. */
export async function readyDirectProvider(
  options: Parameters<typeof createDirectProvider>[0],
): Promise<SandboxProvider> {
  const provider = createDirectProvider(options)
  const { available, reason } = await provider.probe()
  if (available) return provider
  throw new Failure('no-sandbox', reason ?? 'Commands cannot be started on this machine.')
}
