import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import type { BuiltinAction } from '@signalbox/engine/job/port.ts'

/** The inputs of the actions that the server brings; they take none: what they do stands in the run's subject. */
export const serverActions: Pick<BuiltinAction, 'name' | 'inputs'>[] = [
  { name: 'signalbox/agent', inputs: {} },
  { name: 'signalbox/deploy', inputs: {} },
]

/** Every built-in action that a workflow on a server may use: names and inputs, for the parser. */
export const builtinSignatures: Pick<BuiltinAction, 'name' | 'inputs'>[] = [
  ...[...engineBuiltins().values()].map(({ name, inputs }) => ({ name, inputs })),
  ...serverActions,
]
