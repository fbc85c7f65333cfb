import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Lamp } from '../../components/lamp.tsx'
import { problemOf } from '../../lib/problem.ts'
import { tokenInText } from '../../lib/session.ts'
import { PasswordForm } from './password-form.tsx'
import { signIn } from './sign-in.ts'

/** How to sign in: a link from the machine, or a token pasted here. */
export function SignedOut({ refusal }: { refusal: string | null }) {
  const cache = useQueryClient()
  const [text, setText] = useState('')
  const attempt = useMutation({ mutationFn: () => signIn(cache, tokenInText(text)) })
  const problem = attempt.error ? problemOf(attempt.error) : null
  const error = problem ? problem.detail || problem.title : refusal
  return (
    <main className="signed-out" data-testid="signed-out">
      <div className="panel signed-out-card">
        <div className="row">
          <Lamp lamp="off" size={22} />
          <h1>Sign in to Signalbox</h1>
        </div>
        <PasswordForm />
        <p>Or, on the machine where Signalbox runs, make a fresh sign-in link:</p>
        <code className="command-line">signalbox open</code>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            attempt.mutate()
          }}
        >
          <TextInput
            label="Or paste a token, or the whole link"
            description="A token works once, for 10 minutes."
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={error}
            autoComplete="off"
            spellCheck={false}
          />
          <Button type="submit" loading={attempt.isPending} disabled={!text.trim()}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  )
}
