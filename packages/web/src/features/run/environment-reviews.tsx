import { Button, Textarea } from '@mantine/core'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Lamp } from '../../components/lamp.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { call } from '../../lib/api.ts'
import { useMay } from '../../lib/may.ts'
import { queries } from '../../lib/queries.ts'

/** Environments for which jobs of the run wait, with the buttons, and what people said about them. */
export function EnvironmentReviews({ run }: { run: RunDetail }) {
  const byName = new Map(
    run.jobs.flatMap(({ environment }) => (environment ? [[environment.name, environment]] : [])),
  )
  const shown = [...byName.values()].filter(({ missing, reviews }) => missing > 0 || reviews.length > 0)
  return shown.map((environment) => <Review key={environment.name} run={run} environment={environment} />)
}

type Environment = NonNullable<RunDetail['jobs'][number]['environment']>

function Review({ run, environment }: { run: RunDetail; environment: Environment }) {
  const { name, reviews } = environment
  const waits = run.jobs.some(
    (job) => job.status === 'queued' && job.environment?.name === name && job.environment.missing > 0,
  )
  const cache = useQueryClient()
  const [comment, setComment] = useState('')
  const may = useMay('deployment.write', run.projectId)
  const review = useMutation({
    mutationFn: (decision: 'approved' | 'rejected') =>
      call('reviewEnvironment', { params: { run: run.id }, body: { environment: name, decision, comment } }),
    onSuccess: (next) => cache.setQueryData(queries.run(run.id).queryKey, next),
  })
  return (
    <section className="panel environment-review" aria-label={`Environment ${name}`}>
      <p className="row">
        <Lamp lamp={waits ? 'waiting' : 'clear'} />
        <b>{waits ? `Waits for an approval for ${name}` : `Reviews for ${name}`}</b>
      </p>
      {reviews.map((one) => (
        <p key={one.by} className="muted">
          {one.by} {one.decision === 'approved' ? 'approved' : 'rejected'} it <Ago at={one.at} />
          {one.comment ? `: ${one.comment}` : ''}
        </p>
      ))}
      {waits ? (
        <>
          <Textarea
            label="Comment"
            autosize
            maxRows={6}
            maxLength={2000}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <div className="row row-wrap">
            <Button
              variant="filled"
              disabled={!may.may}
              title={may.reason ?? undefined}
              loading={review.isPending}
              onClick={() => review.mutate('approved')}
            >
              Approve for {name}
            </Button>
            <Button
              disabled={!may.may || review.isPending}
              title={may.reason ?? undefined}
              onClick={() => review.mutate('rejected')}
            >
              Reject
            </Button>
          </div>
        </>
      ) : null}
      {review.error ? <ProblemNote error={review.error} /> : null}
    </section>
  )
}
