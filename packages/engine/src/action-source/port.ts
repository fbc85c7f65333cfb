import type { ActionReference } from '@signalbox/core/workflow/action-reference.ts'

/** An action to be found; its folder within the repository does not matter here. */
export type WantedAction = Pick<ActionReference, 'host' | 'owner' | 'repo' | 'ref'> & {
  /** What the lock file says the ref is: then nothing else will do. */
  commit?: string
}

/** A repository of actions at one commit: its files are hostile, and are only ever read as bytes. */
export interface ResolvedAction {
  /** Undefined for a plain folder of a mirror, which knows of no commits. */
  commit?: string
  /** Where it came from, for the log. */
  from: 'mirror' | 'cache' | 'network' | 'repository'
  /** A regular file of the tree; undefined when there is none. Failure `action-too-large`. */
  readFile(path: string, options: { maxBytes: number }): Promise<Uint8Array | undefined>
  /** The whole tree as a tar stream, links as links, cut off with a Failure `action-too-large`. */
  archive(options: { maxBytes: number; signal?: AbortSignal }): AsyncIterable<Uint8Array>
}

/**
 * Where actions of other repositories come from. `resolve` may be called side by side, also for the same action;
 * what it answers stays readable until the process ends. Failures: `action-not-found` (no such repository or ref),
 * `action-unreachable` (retryable), `action-moved` (what is there is not the commit that was asked for).
 */
export interface ActionSource {
  /** Whether it stands above a built-in action of the same name; asked while a workflow is parsed, so at once. */
  replaces(wanted: WantedAction): boolean
  /** Which commit a branch or a tag is now, asking the network where there is one, past every cache. */
  commitOf(wanted: WantedAction, signal?: AbortSignal): Promise<string | undefined>
  resolve(wanted: WantedAction, signal?: AbortSignal): Promise<ResolvedAction>
}
