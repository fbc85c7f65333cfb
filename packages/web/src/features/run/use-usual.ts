import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../lib/queries.ts'
import { usualTimes } from '../../lib/usual.ts'

const looked = 3

/** Usual times of this run's jobs and steps, from the last runs of the same workflow that succeeded. */
export function useUsual(run: RunDetail): (job: string, step?: string) => number | null {
  const history = useQuery(queries.runs({ project: run.projectSlug }))
  const earlier = (history.data?.items ?? [])
    .filter((each) => each.kind === run.kind && each.name === run.name && each.conclusion === 'success')
    .filter((each) => each.number < run.number)
    .slice(0, looked)
  const details = useQueries({ queries: earlier.map((each) => queries.run(each.id)) })
  const key = details.map((each) => each.data?.id ?? '').join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: completed runs do not change; their ids say which are here
  return useMemo(() => usualTimes(details.flatMap((each) => each.data ?? [])), [key])
}
