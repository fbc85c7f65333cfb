import type { Capabilities, SandboxSpec } from '../port.ts'
import type { LinuxFlavour } from './provider.ts'
import type { LinuxSandbox } from './sandbox.ts'

export interface ProbeInput {
  flavour: LinuxFlavour
  create(spec: SandboxSpec): Promise<LinuxSandbox>
  ready(): Promise<unknown>
}
export async function probeWithCanary(_: ProbeInput): Promise<Capabilities> {
  throw new Error('later')
}
