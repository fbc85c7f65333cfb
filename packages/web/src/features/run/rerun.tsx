import { Button } from '@mantine/core'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useMay } from '../../lib/may.ts'
import { queries } from '../../lib/queries.ts'

/** What there is to run again; nothing of a run that moves, or that belongs to a change or a deployment. */
export function rerunsOf(run: Pick<RunDetail, 'kind' | 'status' | 'jobs'>): ('failed' | 'all')[] {
  if ((run.kind !== 'manual' && run.kind !== 'event') || run.status !== 'completed') return []
  const some = run.jobs.some((job) => job.conclusion === 'success')
  const failed = run.jobs.some((job) => job.conclusion !== 'success')
  return some && failed ? ['failed', 'all'] : ['all']
}

/** The buttons that run a manual run again, and go to the run that this makes. */
export function Rerun({ run }: { run: RunDetail }) {
  const { may, reason } = useMay('run.write', run.projectId)
  const cache = useQueryClient()
  const navigate = useNavigate()
  const again = useMutation({
    mutationFn: (jobs: 'failed' | 'all') => call('rerunRun', { params: { run: run.id }, body: { jobs } }),
    onSuccess: async (next) => {
      cache.setQueryData(queries.run(next.id).queryKey, next)
      await cache.invalidateQueries({ queryKey: ['runs'] })
      await navigate({ to: '/runs/$id', params: { id: next.id } })
    },
  })
  const words = { failed: 'Run the failed jobs again', all: 'Run all jobs again' }
  return (
    <>
      {rerunsOf(run).map((jobs) => (
        <Button
          key={jobs}
          data-testid={`rerun-${jobs}`}
          disabled={!may || again.isPending}
          loading={again.isPending && again.variables === jobs}
          title={reason ?? undefined}
          onClick={() => again.mutate(jobs)}
        >
          {words[jobs]}
        </Button>
      ))}
      {again.error ? <ProblemNote error={again.error} /> : null}
    </>
  )
}
