import { createAcpDriver } from './acp/acp.ts'
import { createExecDriver } from './exec/exec.ts'
import type { AgentDriver } from './port.ts'
import { createScriptedDriver } from './scripted/scripted.ts'

/** Every agent driver of this build, by the name that settings use. */
export function createAgentRegistry(): ReadonlyMap<string, AgentDriver> {
  return new Map(
    [createExecDriver(), createAcpDriver(), createScriptedDriver()].map((driver) => [driver.name, driver]),
  )
}
