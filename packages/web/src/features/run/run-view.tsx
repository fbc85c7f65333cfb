import type { AnnotationView, JobView, RunDetail, StepView } from '@signalbox/core/contract/views/runs.ts'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { StepList } from '../../components/step-list.tsx'
import { Tabs } from '../../components/tabs.tsx'
import type { LineRange } from '../../lib/log-canvas.ts'
import { queries } from '../../lib/queries.ts'
import { Egress } from './egress.tsx'
import { EnvironmentReviews } from './environment-reviews.tsx'
import { JobLog } from './job-log.tsx'
import { callsWorkflow, jobToOpen } from './job-to-open.ts'
import { RunGraph } from './run-graph.tsx'
import { RunHead } from './run-head.tsx'
import { ResultsLabel, RunResults } from './run-results.tsx'
import { RunWorkflow } from './run-workflow.tsx'
import { useUsual } from './use-usual.ts'
import { Waterfall } from './waterfall.tsx'

export type RunTab = 'jobs' | 'results' | 'waterfall' | 'workflow' | 'network'

/** What of a run the address names. */
export interface RunPlace {
  tab: RunTab
  /** Key of the job. */
  job: string | undefined
  step: number | undefined
}

interface RunViewProps extends RunPlace {
  id: string
  /** Lines of the address, as in #L12 or #L12-L20. */
  range: LineRange | null
  onGo: (place: RunPlace) => void
  onRange: (job: string, range: LineRange) => void
  /** What stands above the log of a job. */
  above?: (job: JobView) => ReactNode
}

/** One run: its jobs with their logs, the same in time, its workflow, and what it asked of the network. */
export function RunView(props: RunViewProps) {
  const run = useQuery(queries.run(props.id))
  return (
    <Loaded whole query={run} bones={<RunBones />}>
      {(data) => (
        <div data-testid="run-page" data-status={data.status} data-conclusion={data.conclusion ?? ''}>
          <RunHead run={data} />
          <EnvironmentReviews run={data} />
          <RunBody run={data} {...props} />
        </div>
      )}
    </Loaded>
  )
}

function RunBody({
  run,
  tab,
  job: named,
  step,
  range,
  onGo,
  onRange,
  above,
}: RunViewProps & { run: RunDetail }) {
  const job = jobToOpen(run.jobs, named)
  const [sought, setSought] = useState<AnnotationView | null>(null)
  function pick(picked: JobView, pickedStep: StepView | null) {
    setSought(null)
    onGo({ tab: 'jobs', job: picked.key, step: pickedStep?.number })
  }
  function showSaid(said: AnnotationView) {
    setSought({ ...said })
    onGo({ tab: 'jobs', job: said.jobKey, step: undefined })
  }
  return (
    <div className="run-body">
      <Tabs<RunTab>
        label="Parts of the run"
        value={tab}
        onChange={(next) => onGo({ tab: next, job: named, step: undefined })}
        items={[
          { value: 'jobs', label: 'Jobs' },
          { value: 'results', label: <ResultsLabel run={run} /> },
          { value: 'waterfall', label: 'Waterfall' },
          { value: 'workflow', label: 'Workflow' },
          { value: 'network', label: 'Network' },
        ]}
      >
        {tab === 'workflow' ? (
          <RunWorkflow run={run} />
        ) : tab === 'results' ? (
          <RunResults
            run={run}
            onSaid={showSaid}
            onStep={(jobKey, number) => onGo({ tab: 'jobs', job: jobKey, step: number })}
          />
        ) : !job ? (
          <Empty title="No job yet">{run.reason ?? 'Jobs appear as soon as the workflow is read.'}</Empty>
        ) : tab === 'waterfall' ? (
          <Waterfall run={run} onPick={pick} />
        ) : tab === 'network' ? (
          <div className="run-grid">
            <JobPicker run={run} job={job} onPick={(next) => onGo({ tab, job: next.key, step: undefined })} />
            <Egress key={job.id} job={job} />
          </div>
        ) : (
          <>
            {run.jobs.length > 1 ? (
              <RunGraph jobs={run.jobs} picked={job.id} onPick={(next) => pick(next, null)} />
            ) : null}
            {above?.(job)}
            <div className="run-grid">
              <Steps run={run} job={job} onPick={pick} />
              {callsWorkflow(job) ? (
                <Empty title={`${job.name} calls a workflow`}>
                  The jobs of {job.calls?.replace('./', '')} stand under it, with their logs.
                </Empty>
              ) : (
                <JobLog
                  key={job.id}
                  job={job}
                  range={range}
                  step={step}
                  sought={sought?.jobKey === job.key ? sought : null}
                  onRange={(next) => onRange(job.key, next)}
                />
              )}
            </div>
          </>
        )}
      </Tabs>
    </div>
  )
}

interface StepsProps {
  run: RunDetail
  job: JobView
  onPick: (job: JobView, step: StepView | null) => void
}

function Steps({ run, job, onPick }: StepsProps) {
  const usual = useUsual(run)
  return <StepList jobs={run.jobs} picked={job.id} usual={usual} onPick={onPick} />
}

function JobPicker({ run, job, onPick }: { run: RunDetail; job: JobView; onPick: (job: JobView) => void }) {
  const jobs = run.jobs.map((each) => ({ ...each, steps: [] }))
  return <StepList jobs={jobs} picked={job.id} onPick={onPick} />
}

/** The shape of a run while it loads. */
function RunBones() {
  return (
    <div className="stack" role="status" aria-label="Loading">
      <Bone width={180} />
      <Bone width={260} height={26} />
      <Bone width={340} />
      <div className="run-grid">
        <Bone height={260} />
        <Bone height={420} />
      </div>
    </div>
  )
}
