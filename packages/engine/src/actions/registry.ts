import type { BuiltinAction } from '../job/port.ts'
import { checkout } from './checkout.ts'
import { startApp } from './start-app.ts'

/** The actions that the engine brings, by name without version; a host adds its own to the map. */
export function engineBuiltins(): Map<string, BuiltinAction> {
  return new Map([checkout, startApp].map((action) => [action.name, action]))
}
