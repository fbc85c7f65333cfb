import { Button } from '@mantine/core'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Hash } from '../../components/hash.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { Ago, Elapsed } from '../../components/time.tsx'
import { WaitNote } from '../../components/wait-note.tsx'
import { call } from '../../lib/api.ts'
import { kindOfRun, placeOfRun } from '../../lib/kind-of-run.ts'
import { useMay } from '../../lib/may.ts'
import { queries } from '../../lib/queries.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'
import { useTitle } from '../../lib/use-title.ts'
import { usualRunMs } from '../../lib/usual.ts'
import { useWaitReason } from '../../lib/wait-reason.ts'
import { Rerun } from './rerun.tsx'

/** What ran, of which commit, how it stands, and the way to end it. */
export function RunHead({ run }: { run: RunDetail }) {
  const [asking, setAsking] = useState(false)
  // What was asked for stays what it was, also when somebody else cancels while the question stands there.
  const [force, setForce] = useState(false)
  useTitle(`${run.name}, run ${run.number} · ${run.projectSlug}`)
  const cache = useQueryClient()
  const history = useQuery(queries.runs({ project: run.projectSlug }))
  const stopping = run.cancelRequested === true
  const cancel = useMutation({
    mutationFn: () => call(force ? 'forceCancelRun' : 'cancelRun', { params: { run: run.id } }),
    onSuccess: (next) => {
      cache.setQueryData(queries.run(run.id).queryKey, next)
      setAsking(false)
    },
  })
  function ask() {
    setForce(stopping)
    setAsking(true)
  }
  const write = useMay('run.write', run.projectId)
  const lamp = statusLamp(run)
  const moving = run.status !== 'completed'
  const waitsFor = useWaitReason({
    moves: moving,
    begun: run.jobs.some((job) => job.status === 'in_progress'),
  })
  return (
    <header>
      <p className="crumbs">
        <Link to="/runs" search={{ project: run.projectSlug }}>
          {run.projectSlug}
        </Link>
        <span aria-hidden="true">/</span>
        {run.changeId ? (
          <>
            <Link to="/changes/$id" params={{ id: run.changeId }}>
              its change
            </Link>
            <span aria-hidden="true">/</span>
          </>
        ) : null}
        <span>
          {kindOfRun(run)} run {run.number}
          {run.kind === 'event' ? ` of ${placeOfRun(run)}` : ''}
        </span>
      </p>
      <div className="page-head row-wrap" style={{ marginBottom: 4 }}>
        <h1 className="grow">{run.name}</h1>
        {moving ? (
          <Button disabled={!write.may} title={write.reason ?? undefined} onClick={ask}>
            {stopping ? 'End it now' : 'Cancel the run'}
          </Button>
        ) : null}
        <Rerun run={run} />
      </div>
      <div className="row row-wrap">
        <span className={`row lamp-text-${lamp}`}>
          <Lamp lamp={lamp} size={16} />
          <b>{statusWord(run)}</b>
        </span>
        <span className="muted">
          <Elapsed
            from={run.startedAt ?? run.createdAt}
            to={run.completedAt}
            usualMs={moving ? usualRunMs(history.data?.items ?? [], run.kind) : null}
          />{' '}
          · <Hash commit={run.commit} /> on {run.ref.replace(/^refs\/(heads\/)?/, '')} ·{' '}
          <Ago at={run.createdAt} />
          {run.rerunOf ? (
            <>
              {' · '}attempt {run.attempt ?? 2}, after{' '}
              <Link className="link" to="/runs/$id" params={{ id: run.rerunOf }}>
                the run before
              </Link>
            </>
          ) : null}
        </span>
      </div>
      {run.reason ? (
        <p className={`lamp-text-${lamp}`} style={{ marginTop: 6 }}>
          {run.reason}
        </p>
      ) : null}
      {run.waitsFor ? <WaitNote reason={run.waitsFor} system={false} /> : null}
      {waitsFor && !run.waitsFor ? <WaitNote reason={waitsFor} /> : null}
      <ConfirmDialog
        open={asking}
        title={force ? `End run ${run.number} now` : `Cancel run ${run.number}`}
        verb={force ? 'End it now' : 'Cancel the run'}
        danger
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate()}
        onClose={() => setAsking(false)}
      >
        {force
          ? `“${run.name}” of ${run.projectSlug} was cancelled, and what is to run after that still runs. It is ended too, with nothing cleaned up. The log stays.`
          : `What “${run.name}” of ${run.projectSlug} runs is stopped; only jobs and steps that are to run after a cancel still do, such as clean-up with always(). The log stays.`}
      </ConfirmDialog>
    </header>
  )
}
