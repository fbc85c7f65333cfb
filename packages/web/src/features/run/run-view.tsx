import type { JobView, RunDetail, StepView } from '@signalbox/core/contract/views/runs.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Empty, Loaded, PageBones } from '../../components/states.tsx'
import { StepList } from '../../components/step-list.tsx'
import { Tabs } from '../../components/tabs.tsx'
import type { LineRange } from '../../lib/log-canvas.ts'
import { queries } from '../../lib/queries.ts'
import { Egress } from './egress.tsx'
import { JobLog } from './job-log.tsx'
import { jobToOpen } from './job-to-open.ts'
import { RunHead } from './run-head.tsx'
import { RunWorkflow } from './run-workflow.tsx'

interface RunViewProps {
  id: string
  /** Key of the job that the address names. */
  job: string | undefined
  step: number | undefined
  /** Lines of the address, as in #L12 or #L12-L20. */
  range: LineRange | null
  onPick: (job: string, step: number | undefined) => void
  onRange: (job: string, range: LineRange) => void
}

/** One run: its jobs and steps, and beside them the log, the workflow or the requests. */
export function RunView(props: RunViewProps) {
  const run = useQuery(queries.run(props.id))
  return (
    <Loaded query={run} bones={<PageBones />}>
      {(data) => (
        <div data-testid="run-page" data-status={data.status} data-conclusion={data.conclusion ?? ''}>
          <RunHead run={data} />
          <RunBody run={data} {...props} />
        </div>
      )}
    </Loaded>
  )
}

type Tab = 'log' | 'workflow' | 'egress'

function RunBody({ run, job: named, step, range, onPick, onRange }: RunViewProps & { run: RunDetail }) {
  const [tab, setTab] = useState<Tab>('log')
  const job = jobToOpen(run.jobs, named)
  function pick(picked: JobView, pickedStep: StepView | null) {
    setTab('log')
    onPick(picked.key, pickedStep?.number)
  }
  return (
    <div className="run-grid">
      <div>
        {run.jobs.length > 0 ? (
          <StepList jobs={run.jobs} picked={job?.id ?? ''} onPick={pick} />
        ) : (
          <p className="muted">No job yet.</p>
        )}
      </div>
      <div>
        <Tabs<Tab>
          label="Parts of the run"
          value={tab}
          onChange={setTab}
          items={[
            { value: 'log', label: 'Log' },
            { value: 'workflow', label: 'Workflow' },
            { value: 'egress', label: 'Requests' },
          ]}
        >
          <div style={{ paddingTop: 12 }}>
            {tab === 'workflow' ? <RunWorkflow run={run} /> : null}
            {tab === 'egress' && job ? <Egress key={job.id} job={job} /> : null}
            {tab === 'log' && job ? (
              <JobLog
                key={job.id}
                job={job}
                range={range}
                step={step}
                onRange={(next) => onRange(job.key, next)}
              />
            ) : null}
            {tab !== 'workflow' && !job ? (
              <Empty title="No job yet">{run.reason ?? 'Jobs appear when the workflow was read.'}</Empty>
            ) : null}
          </div>
        </Tabs>
      </div>
    </div>
  )
}
