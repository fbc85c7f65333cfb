import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireProgram } from '../linux/host.ts'
import type { SandboxPlan } from '../linux/plan.ts'
import { createLinuxProvider, type LinuxProvider, type LinuxProviderOptions } from '../linux/provider.ts'

const PROGRAMS = ['unshare', 'bash', 'setpriv', 'prlimit', 'mount', 'umount', 'pivot_root']

/** What of a plan is the job's own; everything else is the host's. */
const OWN = /^\/(workspace|home\/sbx|opt\/signalbox)(\/|$)/

/**
 * UNSAFE: jobs run on the host itself, with its files, its devices and its network; only their workspace, home and
 * process tree are their own, so that they can be ended and cleaned. For trusted runs on machines of their own. Never
 * picked unless it is named; whoever runs jobs with it must refuse untrusted ones (`unsafe` is true).
 */
export function createHostProvider(options: LinuxProviderOptions): LinuxProvider {
  const provider = createLinuxProvider(
    { name: 'host', programs: PROGRAMS, version, command, unsafe: true },
    options,
  )
  return {
    ...provider,
    // The host's network is theirs: a proxy would only be in the way, and its port inside is the host's.
    create: (spec, signal) => provider.create({ ...spec, network: { mode: 'none' } }, signal),
  }
}

async function version(): Promise<string> {
  const { stdout } = await promisify(execFile)(requireProgram('unshare'), ['--version'], { env: {} })
  return `UNSAFE, no isolation; ${stdout.trim()}`
}

function command(plan: SandboxPlan): string[] {
  const unshare = requireProgram('unshare')
  const setpriv = requireProgram('setpriv')
  const path = join(plan.stage, 'mnt/root')
  const mounts = plan.mounts.filter((mount) => mount.kind !== 'link' && OWN.test(mount.target))
  const isFolder = (source: string): boolean =>
    statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? true
  const targets = mounts.map(({ source, target }) => ({ folder: isFolder(source), name: target.slice(1) }))
  // Node itself lies in the kit, which is mounted by then and holds its mount point.
  const folders = targets.filter((target) => target.folder).map(({ name }) => name)
  const fstab = mounts.map(
    ({ kind, source, target }) =>
      `${escaped(source)} ${escaped(join(path, target))} none rbind,nosuid,nodev,${kind} 0 0`,
  )
  const user =
    plan.hostUid === undefined
      ? [unshare, '--user', '--map-user=1000', '--map-group=1000', '--']
      : [setpriv, '--reuid', `${plan.hostUid}`, '--regid', `${plan.hostUid}`, '--clear-groups', '--']
  return [
    ...[setpriv, '--pdeathsig', plan.detached ? 'clear' : 'KILL', '--'],
    ...[unshare, '--mount', '--propagation', 'private', '--pid', '--fork'],
    ...(plan.detached ? ['--'] : ['--kill-child', '--']),
    ...['/bin/sh', '-c', readFileSync(join(import.meta.dirname, 'enter.sh'), 'utf8'), 'enter'],
    ...[path, fstab.join('\n'), folders.join('\n'), ''],
    ...user,
    ...[setpriv, '--no-new-privs', '--ambient-caps=-all', '--inh-caps=-all', '--bounding-set=-all', '--'],
    ...plan.init,
  ]
}

function escaped(text: string): string {
  return text.replace(/[\\ \t\n#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
