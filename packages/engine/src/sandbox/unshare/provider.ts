import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram, requireProgram } from '../linux/host.ts'
import type { SandboxPlan } from '../linux/plan.ts'
import { createLinuxProvider, type LinuxProvider, type LinuxProviderOptions } from '../linux/provider.ts'
import { filteredBy } from '../linux/system-call-filter.ts'
import { newRoot } from './new-root.ts'

const PROGRAMS = ['unshare', 'bash', 'setpriv', 'prlimit', 'mount', 'umount', 'pivot_root', 'hostname']

/** Sandboxes made by util-linux alone (unshare, mount, pivot_root), where bubblewrap is missing. */
export function createUnshareProvider(options: LinuxProviderOptions): LinuxProvider {
  return createLinuxProvider({ name: 'unshare', programs: PROGRAMS, version, command }, options)
}

async function version(): Promise<string> {
  const { stdout } = await promisify(execFile)(requireProgram('unshare'), ['--version'], { env: {} })
  return stdout.trim()
}

function command(plan: SandboxPlan): string[] {
  const root = newRoot(plan)
  const unshare = requireProgram('unshare')
  const setpriv = requireProgram('setpriv')
  const user =
    plan.hostUid === undefined
      ? []
      : ['--reuid', `${plan.hostUid}`, '--regid', `${plan.hostUid}`, '--clear-groups']
  const inner = [
    ...[unshare, '--user', '--map-user=1000', '--map-group=1000', '--keep-caps', '--'],
    ...[setpriv, '--no-new-privs', '--ambient-caps=-all', '--inh-caps=-all', '--bounding-set=-all', '--'],
    ...filtered(plan.init),
  ]
  return [
    ...[setpriv, ...user, '--pdeathsig', plan.detached ? 'clear' : 'KILL', '--'],
    ...[unshare, '--user', '--map-root-user', '--mount', '--propagation', 'private', '--pid', '--fork'],
    ...['--ipc', '--uts', '--net', '--cgroup', ...(plan.detached ? [] : ['--kill-child']), '--'],
    ...['/bin/sh', '-c', readFileSync(join(import.meta.dirname, 'enter.sh'), 'utf8'), 'enter'],
    ...[root.path, root.fstab, root.folders.join('\n'), root.files.join('\n'), root.links.join('\n')],
    ...inner,
  ]
}

/** util-linux puts no filter on before 2.41; perl does, where it is. Without, the probe says that nothing is refused. */
function filtered(command: string[]): string[] {
  const perl = findProgram('perl')
  return (perl && filteredBy(perl, command)) || command
}
