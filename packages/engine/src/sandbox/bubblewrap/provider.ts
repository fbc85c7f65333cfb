import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram } from '../linux/host.ts'
import type { SandboxPlan } from '../linux/plan.ts'
import { createLinuxProvider, type LinuxProvider, type LinuxProviderOptions } from '../linux/provider.ts'
import { bubblewrapArguments } from './arguments.ts'

/** Sandboxes made by bubblewrap (0.8 or later) in a private mount namespace with an overlay workspace. */
export function createBubblewrapProvider(options: LinuxProviderOptions): LinuxProvider {
  return createLinuxProvider(
    {
      name: 'bubblewrap',
      programs: ['bwrap', 'unshare', 'bash', 'setpriv', 'prlimit', 'mount'],
      version,
      command,
    },
    options,
  )
}

async function version(): Promise<string> {
  const { stdout } = await promisify(execFile)(requireProgram('bwrap'), ['--version'], { env: {} })
  return stdout.trim()
}

function command(plan: SandboxPlan): string[] {
  const bwrap = [requireProgram('bwrap'), ...bubblewrapArguments(plan)]
  if (plan.hostUid === undefined) return bwrap
  const uid = String(plan.hostUid)
  return [requireProgram('setpriv'), '--reuid', uid, '--regid', uid, '--clear-groups', '--', ...bwrap]
}
