import type { AnnotationView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { Lamp } from '../../components/lamp.tsx'
import { Prose } from '../../components/prose.tsx'
import { placeOf } from './annotation-line.ts'
import { Artifacts } from './artifacts.tsx'
import css from './run-results.module.css'

interface RunResultsProps {
  run: RunDetail
  /** Goes to the line of the log that said it. */
  onSaid: (said: AnnotationView) => void
  onStep: (jobKey: string, step: number) => void
}

const levels = {
  error: { lamp: 'stopped', word: 'Error' },
  warning: { lamp: 'waiting', word: 'Warning' },
  notice: { lamp: 'moving', word: 'Notice' },
} as const
const order = ['error', 'warning', 'notice'] as const

/** What the jobs said of the code, wrote as a summary, and kept. */
export function RunResults({ run, onSaid, onStep }: RunResultsProps) {
  const annotations = run.annotations ?? []
  const summaries = run.summary ?? []
  const sorted = order.flatMap((level) => annotations.filter((each) => each.level === level))
  return (
    <div className={css.results}>
      <section className="stack" aria-label="Annotations">
        <h2>Annotations</h2>
        {sorted.length === 0 ? (
          <p className="muted">
            No step said anything of a place in the code. <code>::error file=a.js,line=4::text</code> does.
          </p>
        ) : (
          <ul className="list" data-testid="annotations">
            {sorted.map((said, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: annotations have only their place
              <li key={index}>
                <Annotation run={run} said={said} onSaid={onSaid} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="stack" aria-label="Summaries">
        <h2>Summaries</h2>
        {summaries.length === 0 ? (
          <p className="muted">
            No step wrote a summary. What it writes to the file <code>$GITHUB_STEP_SUMMARY</code> stands here.
          </p>
        ) : null}
        {summaries.map((each) => (
          <article className="panel" key={`${each.jobKey} ${each.step}`} data-testid="summary">
            <header className={css.by}>
              <button type="button" className="link" onClick={() => onStep(each.jobKey, each.step)}>
                {each.jobKey} · {stepName(run, each.jobKey, each.step)}
              </button>
            </header>
            <div className={css.text}>
              <Prose text={each.text} />
            </div>
          </article>
        ))}
      </section>
      <Artifacts run={run} />
    </div>
  )
}

function Annotation({
  run,
  said,
  onSaid,
}: Pick<RunResultsProps, 'run' | 'onSaid'> & { said: AnnotationView }) {
  const { lamp, word } = levels[said.level]
  const place = placeOf(said)
  return (
    <button
      type="button"
      data-list-item
      className={`list-row ${css.said}`}
      title="Show it in the log"
      onClick={() => onSaid(said)}
    >
      <Lamp lamp={lamp} size={16} />
      <span className={css.words}>
        <span>
          <b className={`lamp-text-${lamp}`}>{word}</b> {place ? <code>{place}</code> : null}
        </span>
        <span className={css.message}>
          {said.title ? <b>{said.title}: </b> : null}
          {said.message}
        </span>
        <span className="muted">
          {said.jobKey} · {stepName(run, said.jobKey, said.step)}
        </span>
      </span>
    </button>
  )
}

function stepName(run: RunDetail, jobKey: string, step: number): string {
  const job = run.jobs.find((each) => each.key === jobKey)
  return job?.steps.find((each) => each.number === step)?.name ?? `step ${step}`
}

/** How the tab is named: the errors and warnings that the jobs told, or all that they said. */
export function ResultsLabel({ run }: { run: RunDetail }) {
  const annotations = run.annotations ?? []
  const count = (level: AnnotationView['level']) => annotations.filter((each) => each.level === level).length
  const [errors, warnings] = [count('error'), count('warning')]
  return (
    <>
      Results
      {errors > 0 ? (
        <span className="lamp-text-stopped">
          {errors} {errors === 1 ? 'error' : 'errors'}
        </span>
      ) : null}
      {warnings > 0 ? (
        <span className="lamp-text-waiting">
          {warnings} {warnings === 1 ? 'warning' : 'warnings'}
        </span>
      ) : null}
    </>
  )
}
