import type { BuiltinAction } from '../job/port.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { checkout } from './checkout.ts'
import { downloadArtifact } from './download-artifact.ts'
import { startApp } from './start-app.ts'
import { uploadArtifact } from './upload-artifact.ts'

/**
 * The actions that the engine brings, by name without version; a host adds its own to the map, and says where the
 * artifacts of its run are kept.
 */
export function engineBuiltins(artifacts?: ArtifactStore): Map<string, BuiltinAction> {
  const actions = [checkout, startApp, uploadArtifact(artifacts), downloadArtifact(artifacts)]
  return new Map(actions.map((action) => [action.name, action]))
}
