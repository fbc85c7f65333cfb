import type { BuiltLayer } from '../../snapshot/build-layer.ts'
import type { TreeEntry } from '../../snapshot/install-inputs.ts'

/** What is known of a job's install before it begins; its host plans it, the engine carries it out. */
export interface InstallPlan {
  /** Number of the step. */
  step: number
  /** Said in the step's log: what is not kept and why. */
  note?: string
  /** Its layer is among `layers`: the step is shown as skipped. */
  restored?: { key: string; sizeBytes: number }
  /** How to make the layer that is not there yet. */
  build?: {
    key: string
    inputs: readonly TreeEntry[]
    /** Folder name of the new layer. */
    layerName: string
    /** The layer was sealed; answers the one to go on with, which may be another's of the same key. */
    keep(layer: BuiltLayer): Promise<BuiltLayer>
    /** It works in the whole tree only: no use in trying again. */
    giveUp(why: string): Promise<void>
  }
}
