import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'
import { AnsiText } from '../../components/ansi-text.tsx'
import { InlineDiff } from '../../components/inline-diff.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { duration } from '../../lib/format.ts'
import { useVerb } from './use-verbs.ts'

interface PermissionCardProps {
  changeId: string
  /** Its slug. */
  project: string
  question: QuestionView
  /** How many more are asked after this one. */
  more: number
}

/** What the agent asks before it goes on; answered by a button, or by y and n. */
export function PermissionCard({ changeId, project, question, more }: PermissionCardProps) {
  const answer = useVerb((body: { allow: boolean; option?: string }) =>
    call('answerPermission', { params: { change: changeId, question: question.id }, body }),
  )
  const always = question.options.filter(({ kind }) => kind === 'allow_always')
  return (
    <section className="ask" aria-label="The agent asks" data-testid="permission-card">
      <div className="row">
        <h3 className="grow">May the agent do this?</h3>
        <TimeLeft until={question.expiresAt} />
      </div>
      <p>
        <b>{question.title}</b> <span className="muted">· {kindWords[question.kind]}</span>
      </p>
      {question.diff ? <InlineDiff diff={question.diff} /> : null}
      {question.input && !question.diff ? (
        <AnsiText text={question.input} label="What it would do, in full" />
      ) : null}
      {answer.error ? <ProblemNote error={answer.error} /> : null}
      {more > 0 ? <p className="muted">{more} more after this</p> : null}
      <div className="row" style={{ flexWrap: 'wrap', justifyContent: 'flex-end' }}>
        <PermittedButton
          permission="change.approve"
          project={project}
          variant="default"
          onClick={() => answer.mutate({ allow: false })}
          disabled={answer.isPending}
          data-testid="permission-no"
          data-answer="n"
          rightSection={<kbd>n</kbd>}
        >
          Reject
        </PermittedButton>
        {always.map((option) => (
          <PermittedButton
            permission="change.approve"
            project={project}
            key={option.id}
            variant="default"
            onClick={() => answer.mutate({ allow: true, option: option.id })}
            disabled={answer.isPending}
          >
            {option.label}
          </PermittedButton>
        ))}
        <PermittedButton
          permission="change.approve"
          project={project}
          variant="filled"
          onClick={() => answer.mutate({ allow: true })}
          loading={answer.isPending}
          data-testid="permission-yes"
          data-answer="y"
          rightSection={<kbd>y</kbd>}
        >
          Allow
        </PermittedButton>
      </div>
    </section>
  )
}

const kindWords: Record<QuestionView['kind'], string> = {
  read: 'reads',
  edit: 'edits files',
  delete: 'deletes',
  move: 'moves files',
  search: 'searches',
  execute: 'runs a command',
  think: 'thinks',
  fetch: 'reaches out of the sandbox',
  switch_mode: 'changes how it works',
  other: 'something else',
}

function TimeLeft({ until }: { until: string }) {
  const now = useNow(true)
  const left = Date.parse(until) - now
  return <span className="muted num">{left > 0 ? `no in ${duration(left)}` : 'the answer is no by now'}</span>
}
