import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { authCall } from '../../lib/auth-call.ts'
import { passkeysWork, signInByPasskey } from '../../lib/passkeys.ts'

/** Signing in by password, its second step when there is one, or by passkey. */
export function PasswordForm() {
  const cache = useQueryClient()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [asksCode, setAsksCode] = useState(false)
  const [code, setCode] = useState('')
  const enter = () => cache.invalidateQueries({ queryKey: ['session'] })
  const first = useMutation({
    mutationFn: () => authCall('POST', '/sign-in/email', { email, password }),
    onSuccess: async (answer) => {
      setPassword('')
      if (answer['twoFactorRedirect'] === true) setAsksCode(true)
      else await enter()
    },
  })
  const second = useMutation({
    mutationFn: () => {
      const digits = code.replaceAll(/\s/g, '')
      const path = /^\d{6}$/.test(digits) ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code'
      return authCall('POST', path, { code: digits })
    },
    onSuccess: enter,
  })
  const passkey = useMutation({ mutationFn: signInByPasskey, onSuccess: enter })
  if (asksCode) {
    return (
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          second.mutate()
        }}
      >
        <TextInput
          label="Code"
          description="Six digits of your authenticator app, or a backup code."
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
          spellCheck={false}
          data-autofocus
        />
        {second.error ? <ProblemNote error={second.error} /> : null}
        <Button type="submit" variant="filled" loading={second.isPending} disabled={code.trim().length < 6}>
          Go on
        </Button>
        <Button onClick={() => setAsksCode(false)}>Back</Button>
      </form>
    )
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        first.mutate()
      }}
    >
      <TextInput
        label="E-mail"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoComplete="username webauthn"
      />
      <PasswordInput
        label="Password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
      />
      {first.error ? <ProblemNote error={first.error} /> : null}
      <Button type="submit" variant="filled" loading={first.isPending} disabled={!email || !password}>
        Sign in by password
      </Button>
      {passkeysWork() ? (
        <Button loading={passkey.isPending} onClick={() => passkey.mutate()}>
          Sign in with a passkey
        </Button>
      ) : null}
      {passkey.error ? <ProblemNote error={passkey.error} /> : null}
    </form>
  )
}
