import { Button } from '@mantine/core'
import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'
import { useEffect, useRef, useState } from 'react'
import { type Answer, answersTo } from '../lib/answers.ts'
import { useNow } from '../lib/clock.ts'
import { duration } from '../lib/format.ts'
import { AnsiText } from './ansi-text.tsx'
import { InlineDiff } from './inline-diff.tsx'
import { PermittedButton } from './permitted-button.tsx'

interface PermissionAskProps {
  /** Slug of the project. */
  project: string
  question: QuestionView
  /** How many more are asked after this one. */
  more: number
  onAnswer: (answer: Answer) => void
}

/** What an agent asks before it goes on, with the answers that it offers; what holds for always is asked again. */
export function PermissionAsk({ project, question, more, onAnswer }: PermissionAskProps) {
  const [sure, setSure] = useState<Answer | null>(null)
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
      {more > 0 ? <p className="muted">{more} more after this</p> : null}
      {sure ? (
        <Sure answer={sure} project={project} onAnswer={onAnswer} onBack={() => setSure(null)} />
      ) : (
        <div className="row row-wrap">
          {answersTo(question).map((answer) => (
            <AnswerButton
              key={`${answer.verb} ${answer.option}`}
              answer={answer}
              project={project}
              onClick={() => (answer.always ? setSure(answer) : onAnswer(answer))}
            />
          ))}
        </div>
      )}
    </section>
  )
}

interface AnswerButtonProps {
  answer: Answer
  project: string
  onClick: () => void
}

function AnswerButton({ answer, project, onClick }: AnswerButtonProps) {
  const yes = answer.allow && !answer.always
  return (
    <PermittedButton
      permission="change.approve"
      project={project}
      variant={yes ? 'filled' : 'default'}
      title={answer.label || undefined}
      onClick={onClick}
      data-answer={answer.key}
      data-testid={answer.key ? `permission-${answer.key}` : undefined}
      rightSection={answer.key ? <kbd>{answer.key}</kbd> : undefined}
    >
      {answer.verb}
      {answer.always ? '…' : ''}
    </PermittedButton>
  )
}

interface SureProps {
  answer: Answer
  project: string
  onAnswer: (answer: Answer) => void
  onBack: () => void
}

/** An answer for always is not taken back by the next one, so it says first what it is. */
function Sure({ answer, project, onAnswer, onBack }: SureProps) {
  const back = useRef<HTMLButtonElement>(null)
  useEffect(() => back.current?.focus(), [])
  return (
    <div className="stack">
      <p>
        {answer.allow
          ? 'The agent does not ask again for what it counts as the same.'
          : 'The agent is refused what it counts as the same without asking again.'}{' '}
        {answer.label ? (
          <>
            It calls this answer <b>{answer.label}</b>.{' '}
          </>
        ) : null}
        This cannot be taken back for as long as it works on this change.
      </p>
      <div className="row row-wrap">
        <Button ref={back} onClick={onBack}>
          Back
        </Button>
        <PermittedButton
          permission="change.approve"
          project={project}
          variant="filled"
          color={answer.allow ? undefined : 'red'}
          onClick={() => onAnswer(answer)}
          data-answer={answer.key}
          data-testid="permission-sure"
        >
          {answer.verb}
        </PermittedButton>
      </div>
    </div>
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
