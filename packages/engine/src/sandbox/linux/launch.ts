import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot, requireProgram } from './host.ts'
import type { SandboxPlan } from './plan.ts'

/**
 * The command that becomes a sandbox. A private mount namespace first: as root just that, else inside a user
 * namespace in which we are root. `lastDescriptor` is the highest one that is meant for the sandbox.
 */
export function launchCommand(plan: SandboxPlan, command: string[], lastDescriptor: number): string[] {
  const namespaces = isRoot() ? ['--mount'] : ['--user', '--map-root-user', '--mount']
  // As text, because a shell keeps the file of its script open and the sandbox would inherit it. bash, because
  // others cannot close a descriptor of more than one digit.
  const script = readFileSync(join(import.meta.dirname, 'scripts/launch.sh'), 'utf8')
  const shell = [requireProgram('bash'), '--norc', '-c', script, 'launch', 'close', String(lastDescriptor)]
  const orders = [...plan.orders, 'run', ...command]
  return [requireProgram('unshare'), ...namespaces, '--propagation', 'private', '--', ...shell, ...orders]
}
