import { Button, Modal } from '@mantine/core'
import type { JobView } from '@signalbox/core/contract/views/runs.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Bone, ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { lastShellWords } from './last-shell.ts'
import css from './shell.module.css'

const Terminal = lazy(() => import('./terminal.tsx'))

/** Under a job that failed: a shell where it failed, or why there is none. Nothing for those who may not. */
export function ShellOffer({ job }: { job: JobView }) {
  const failed = job.conclusion === 'failure' || job.conclusion === 'timed_out'
  const state = useQuery({ ...queries.shell(job.id), enabled: failed })
  const cache = useQueryClient()
  const [open, setOpen] = useState(false)
  if (!failed || state.isPending) return null
  if (state.error) {
    const { status } = problemOf(state.error)
    return status === 403 || status === 404 ? null : (
      <ProblemNote error={state.error} onRetry={() => void state.refetch()} />
    )
  }
  const { available, reason, hint, step, keptUntil, last } = state.data
  const renew = () => void cache.invalidateQueries(queries.shell(job.id))
  return (
    <div className={css.offer} data-testid="shell-offer">
      <Button disabled={!available} onClick={() => setOpen(true)} data-testid="shell-open">
        Open a shell where it failed
      </Button>
      <span className="muted">
        {available ? (
          <>
            A copy of the workspace{step ? ` as “${step}” left it` : ''}
            {keptUntil ? <>, kept for {hoursLeft(keptUntil)} h more</> : null}.
          </>
        ) : (
          `${reason ?? ''} ${hint ?? ''}`.trim()
        )}
        {last ? (
          <span data-testid="shell-last">
            {' '}
            {lastShellWords(last)}, <Ago at={last.endedAt ?? last.openedAt} />.
          </span>
        ) : null}
      </span>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        onExitTransitionEnd={renew}
        title={`Shell in ${job.name}${step ? `, after “${step}”` : ''}`}
        size="min(1100px, 96vw)"
        // Escape belongs to the programs in the terminal.
        closeOnEscape={false}
        closeOnClickOutside={false}
      >
        <Suspense fallback={<Bone height={400} />}>
          <Terminal job={job.id} onClose={() => setOpen(false)} onEnd={renew} />
        </Suspense>
      </Modal>
    </div>
  )
}

function hoursLeft(until: string): number {
  return Math.max(1, Math.round((Date.parse(until) - Date.now()) / 3_600_000))
}
