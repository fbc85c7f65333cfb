import { Button, Textarea } from '@mantine/core'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { useState } from 'react'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { may, useVerb } from './use-verbs.ts'

type Decision = Parameters<typeof call<'decidePlan'>>[1]['body']

/** The question that a plan asks: confirm it, ask for another, or reject it. */
export function PlanDecision({ change }: { change: ChangeDetail }) {
  const [writing, setWriting] = useState<'change' | 'reject' | null>(null)
  const [text, setText] = useState('')
  const decide = useVerb(
    (body: Decision) => call('decidePlan', { params: { change: change.id }, body }),
    () => {
      setWriting(null)
      setText('')
    },
  )
  function sendWritten() {
    if (writing === 'change') decide.mutate({ decision: 'change', text: text.trim() })
    else decide.mutate({ decision: 'reject', text: text.trim() || undefined })
  }
  return (
    <div className="ask">
      <h3>Go by this plan?</h3>
      {decide.error ? <ProblemNote error={decide.error} /> : null}
      {writing ? (
        <>
          <Textarea
            label={writing === 'change' ? 'What should be different?' : 'Why not? (may stay empty)'}
            autosize
            minRows={2}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-testid="plan-text"
            autoFocus
          />
          <div className="row">
            <Button onClick={() => setWriting(null)}>Back</Button>
            <span className="grow" />
            <Button
              variant="filled"
              color={writing === 'reject' ? 'red' : 'blue'}
              disabled={writing === 'change' && !text.trim()}
              loading={decide.isPending}
              onClick={sendWritten}
              data-testid="plan-text-send"
            >
              {writing === 'change' ? 'Ask for another plan' : 'Reject and end the change'}
            </Button>
          </div>
        </>
      ) : (
        <div className="row row-wrap">
          <PermittedButton
            permission="change.approve"
            project={change.projectSlug}
            variant="filled"
            loading={decide.isPending}
            disabled={!may(change, 'confirm')}
            onClick={() => decide.mutate({ decision: 'confirm' })}
            data-testid="plan-confirm"
            data-answer="y"
            rightSection={<kbd>y</kbd>}
          >
            Confirm the plan
          </PermittedButton>
          <PermittedButton
            permission="change.approve"
            project={change.projectSlug}
            disabled={!may(change, 'change_plan')}
            onClick={() => setWriting('change')}
            data-testid="plan-change"
          >
            Change it…
          </PermittedButton>
          <PermittedButton
            permission="change.approve"
            project={change.projectSlug}
            disabled={!may(change, 'reject')}
            onClick={() => setWriting('reject')}
            data-testid="plan-reject"
            data-answer="n"
            rightSection={<kbd>n</kbd>}
          >
            Reject…
          </PermittedButton>
        </div>
      )}
    </div>
  )
}
