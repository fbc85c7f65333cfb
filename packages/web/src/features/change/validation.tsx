import type { ChangeDetail, EvidenceView } from '@signalbox/core/contract/views/changes.ts'
import type { RunSummary } from '@signalbox/core/contract/views/runs.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { AnsiText } from '../../components/ansi-text.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { Bone, Loaded } from '../../components/states.tsx'
import { StepList } from '../../components/step-list.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Ago } from '../../components/time.tsx'
import { queries } from '../../lib/queries.ts'
import { statusLamp, statusWord } from '../../lib/signals.ts'

/** The attempts to prove the change, newest open, with what failed and where to see all of it. */
export function Validation({ change }: { change: ChangeDetail }) {
  const [picked, setPicked] = useState<string | null>(null)
  const attempts = change.runs
    .filter((run) => run.kind === 'validation')
    .toSorted((a, b) => a.number - b.number)
  const shown = attempts.find((run) => run.id === picked) ?? attempts.at(-1)
  if (!shown) return <p className="muted">Nothing was validated yet.</p>
  return (
    <Tabs
      label="Attempts"
      value={shown.id}
      onChange={setPicked}
      items={attempts.map((run, index) => ({
        value: run.id,
        label: (
          <>
            <Lamp lamp={statusLamp(run)} label={statusWord(run)} />
            Attempt {index + 1}
          </>
        ),
      }))}
    >
      <Attempt run={shown} evidence={change.evidence.find((each) => each.runId === shown.id)} />
    </Tabs>
  )
}

function Attempt({ run, evidence }: { run: RunSummary; evidence: EvidenceView | undefined }) {
  const detail = useQuery(queries.run(run.id))
  const navigate = useNavigate()
  function openStep(id: string, job: string, step: number | undefined) {
    void navigate({ to: '/runs/$id', params: { id }, search: { job, step } })
  }
  return (
    <div className="stack" style={{ paddingTop: 12 }}>
      <div className="row row-wrap">
        <b className={`lamp-text-${statusLamp(run)}`}>{statusWord(run)}</b>
        <span className="muted">
          run {run.number} · <Ago at={run.createdAt} />
        </span>
        <span className="grow" />
        <Link to="/runs/$id" params={{ id: run.id }} className="link">
          Open the run and its log
        </Link>
      </div>
      {evidence && evidence.conclusion !== 'success' ? <Evidence evidence={evidence} /> : null}
      {run.reason && !evidence ? <p className="lamp-text-stopped">{run.reason}</p> : null}
      <Loaded query={detail} bones={<Bone height={120} />}>
        {(data) => (
          <StepList
            jobs={data.jobs}
            picked=""
            onPick={(job, step) => openStep(data.id, job.key, step?.number)}
          />
        )}
      </Loaded>
    </div>
  )
}

function Evidence({ evidence }: { evidence: EvidenceView }) {
  return (
    <div className="stack" style={{ gap: 8 }} data-testid="evidence">
      <p>
        {evidence.summary}
        {evidence.failingStep ? (
          <span className="muted">
            {' '}
            · step “{evidence.failingStep}”{evidence.exitCode === null ? '' : `, exit ${evidence.exitCode}`}
          </span>
        ) : null}
      </p>
      <AnsiText text={evidence.excerpt} label="Evidence" />
      <p className="faint">The agent is given the same text.</p>
    </div>
  )
}
