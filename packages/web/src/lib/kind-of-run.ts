import type { RunSummary } from '@signalbox/core/contract/views/runs.ts'

/** What a run is called by: the event that started it, or what the platform made it for. */
export function kindOfRun({ kind, triggerEvent }: Pick<RunSummary, 'kind' | 'triggerEvent'>): string {
  return kind === 'event' && triggerEvent ? triggerEvent.replaceAll('_', ' ') : kind
}

/** The branch or pull request that a run is about, as people say it. */
export function placeOfRun({ ref }: Pick<RunSummary, 'ref'>): string {
  const pull = /^refs\/pull\/(\d+)\/merge$/.exec(ref)?.[1]
  return pull ? `pull request ${pull}` : ref.replace(/^refs\/(heads|tags)\//, '')
}
