import { Button } from '@mantine/core'
import type { DoctorView } from '@signalbox/core/contract/views/system.ts'
import type { Lamp as LampState } from '@signalbox/core/domain/strip.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Lamp } from '../../components/lamp.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { Ago } from '../../components/time.tsx'
import { queries } from '../../lib/queries.ts'
import { doctorSummary, needsCare } from './doctor-summary.ts'

type Finding = DoctorView['findings'][number]

const lamps: Record<Finding['severity'], { lamp: LampState; word: string }> = {
  ok: { lamp: 'clear', word: 'well' },
  note: { lamp: 'off', word: 'note' },
  warning: { lamp: 'waiting', word: 'warning' },
  error: { lamp: 'stopped', word: 'wrong' },
}

/** What "signalbox doctor" finds on the server's machine, what is wrong first. For admins only. */
export function SystemHealth() {
  const session = useQuery(queries.session())
  const steers = session.data !== undefined && session.data.user.role !== 'user'
  return steers ? <Findings /> : null
}

function Findings() {
  const doctor = useQuery(queries.doctor())
  const [all, setAll] = useState(false)
  const findings = doctor.data?.findings ?? []
  const shown = all ? findings : findings.filter(needsCare)
  return (
    <section className="stack" aria-label="System health" aria-busy={doctor.isFetching}>
      <div className="row row-wrap">
        <h2 className="grow">System health</h2>
        {doctor.data ? (
          <Button variant="subtle" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Only what needs care' : `All ${findings.length} checks`}
          </Button>
        ) : null}
        <Button variant="default" loading={doctor.isFetching} onClick={() => void doctor.refetch()}>
          Look again
        </Button>
      </div>
      {doctor.error ? <ProblemNote error={doctor.error} /> : null}
      <p className="muted" role="status">
        {doctor.data ? (
          <>
            {doctorSummary(findings)} Looked <Ago at={doctor.data.at} />.
          </>
        ) : doctor.isPending ? (
          'Looking at machine, database, sandboxes and storage …'
        ) : null}
      </p>
      {shown.length > 0 ? <FindingList findings={shown} /> : null}
    </section>
  )
}

function FindingList({ findings }: { findings: Finding[] }) {
  return (
    <ul className="list" aria-label="Findings">
      {findings.map(({ severity, part, text, mend }) => (
        <li
          className="list-row"
          key={`${part} ${text}`}
          style={{ alignItems: 'flex-start', flexWrap: 'wrap' }}
        >
          <Lamp lamp={lamps[severity].lamp} size={16} />
          <b style={{ width: 110 }}>{part.trim()}</b>
          <span className={`lamp-text-${lamps[severity].lamp}`} style={{ width: 70 }}>
            {lamps[severity].word}
          </span>
          <span
            className="stack"
            style={{ gap: 4, flex: '1 1 240px', minWidth: 0, overflowWrap: 'anywhere' }}
          >
            <span>{text}</span>
            {mend ? <span className="muted">{mend}</span> : null}
          </span>
        </li>
      ))}
    </ul>
  )
}
