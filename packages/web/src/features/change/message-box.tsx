import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useVerb } from './use-verbs.ts'

interface MessageBoxProps {
  changeId: string
  /** Its slug. */
  project: string
  /** The agent has given up and waits for this answer. */
  asked: boolean
}

/** Says something to the agent; it goes on in the same conversation. */
export function MessageBox({ changeId, project, asked }: MessageBoxProps) {
  const [text, setText] = useState('')
  const send = useVerb(
    () => call('sendMessage', { params: { change: changeId }, body: { text: text.trim() } }),
    () => setText(''),
  )
  function submit() {
    if (text.trim() && !send.isPending) send.mutate(undefined)
  }
  return (
    <form
      className={asked ? 'ask' : 'stack'}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        label={asked ? 'It does not get further by itself. What should it do?' : 'Answer the agent'}
        autosize
        minRows={2}
        maxRows={10}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
        }}
        data-testid="message-input"
      />
      {send.error ? <ProblemNote error={send.error} /> : null}
      <div className="row">
        <span className="grow" />
        <PermittedButton
          permission="change.write"
          project={project}
          type="submit"
          variant={asked ? 'filled' : 'default'}
          loading={send.isPending}
          disabled={!text.trim()}
          data-testid="message-send"
        >
          Send to the agent
        </PermittedButton>
      </div>
    </form>
  )
}
