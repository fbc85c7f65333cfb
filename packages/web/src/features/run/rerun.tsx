import { Button } from '@mantine/core'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useMay } from '../../lib/may.ts'
import { queries } from '../../lib/queries.ts'

const route = getRouteApi('/runs/$id')

/** What there is to run again; nothing of a run that moves, or that belongs to a change or a deployment. */
export function rerunsOf(run: Pick<RunDetail, 'kind' | 'status' | 'jobs'>): ('failed' | 'all')[] {
  if ((run.kind !== 'manual' && run.kind !== 'event') || run.status !== 'completed') return []
  const some = run.jobs.some((job) => job.conclusion === 'success')
  const failed = run.jobs.some((job) => job.conclusion !== 'success')
  return some && failed ? ['failed', 'all'] : ['all']
}

/** What one button asks for. */
interface Wish {
  jobs: 'failed' | 'all'
  job?: string
}

/** The buttons that run a manual run again, the job that is looked at alone too, and go to the run that this makes. */
export function Rerun({ run }: { run: RunDetail }) {
  const { job: named } = route.useSearch()
  const { may, reason } = useMay('run.write', run.projectId)
  const cache = useQueryClient()
  const navigate = useNavigate()
  const again = useMutation({
    mutationFn: (wish: Wish) => call('rerunRun', { params: { run: run.id }, body: wish }),
    onSuccess: async (next) => {
      cache.setQueryData(queries.run(next.id).queryKey, next)
      await cache.invalidateQueries({ queryKey: ['runs'] })
      await navigate({ to: '/runs/$id', params: { id: next.id } })
    },
  })
  const kinds = rerunsOf(run)
  const one = kinds.length > 0 && run.jobs.length > 1 ? run.jobs.find((job) => job.key === named) : undefined
  const words = { failed: 'Run the failed jobs again', all: 'Run all jobs again' }
  return (
    <>
      {one ? (
        <Button
          data-testid="rerun-job"
          disabled={!may || again.isPending}
          loading={again.isPending && again.variables.job !== undefined}
          title={reason ?? 'With everything that needs it, and the jobs that did not succeed'}
          onClick={() => again.mutate({ jobs: 'failed', job: one.key })}
        >
          Run {one.name} again
        </Button>
      ) : null}
      {kinds.map((jobs) => (
        <Button
          key={jobs}
          data-testid={`rerun-${jobs}`}
          disabled={!may || again.isPending}
          loading={again.isPending && again.variables.job === undefined && again.variables.jobs === jobs}
          title={reason ?? undefined}
          onClick={() => again.mutate({ jobs })}
        >
          {words[jobs]}
        </Button>
      ))}
      {again.error ? <ProblemNote error={again.error} /> : null}
    </>
  )
}
