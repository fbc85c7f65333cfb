import { Button, PasswordInput, TextInput } from '@mantine/core'
import type { AccountView as Account } from '@signalbox/core/contract/views/people.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { renderSVG } from 'uqr'
import { ProblemNote } from '../../components/states.tsx'
import { authCall } from '../../lib/auth-call.ts'
import { BackupCodeList, NewBackupCodes } from './backup-codes.tsx'

interface Setup {
  uri: string
  backupCodes: string[]
}

/** A second factor by an authenticator app: on with a code that proves it works, off with the password. */
export function TwoFactor({ account }: { account: Account }) {
  const cache = useQueryClient()
  const [password, setPassword] = useState('')
  const [setup, setSetup] = useState<Setup | null>(null)
  const [code, setCode] = useState('')
  const renew = async () => {
    await cache.invalidateQueries({ queryKey: ['session'] })
    await cache.invalidateQueries({ queryKey: ['account'] })
  }
  const start = useMutation({
    mutationFn: () =>
      authCall('POST', account.twoFactor ? '/two-factor/disable' : '/two-factor/enable', { password }),
    onSuccess: async (answer) => {
      setPassword('')
      if (typeof answer['totpURI'] !== 'string') return await renew()
      const codes = Array.isArray(answer['backupCodes']) ? answer['backupCodes'].map(String) : []
      setSetup({ uri: answer['totpURI'], backupCodes: codes })
    },
  })
  const confirm = useMutation({
    mutationFn: () => authCall('POST', '/two-factor/verify-totp', { code: code.replaceAll(/\s/g, '') }),
    onSuccess: async () => {
      setSetup(null)
      setCode('')
      await renew()
    },
  })
  if (setup) {
    return (
      <form
        className="stack"
        aria-label="Two-factor"
        onSubmit={(event) => {
          event.preventDefault()
          confirm.mutate()
        }}
      >
        <h2>Two-factor</h2>
        <p>Scan this with an authenticator app, or type its secret. It is on when a code of it was right.</p>
        <img
          alt="QR code for the authenticator app"
          width={200}
          height={200}
          src={`data:image/svg+xml,${encodeURIComponent(renderSVG(setup.uri))}`}
        />
        <code className="command-line" data-testid="totp-uri">
          {setup.uri}
        </code>
        <BackupCodeList codes={setup.backupCodes} />
        <TextInput
          label="Code of the app"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
        />
        {confirm.error ? <ProblemNote error={confirm.error} /> : null}
        <div className="row">
          <Button
            type="submit"
            variant="filled"
            loading={confirm.isPending}
            disabled={code.trim().length < 6}
          >
            Turn two-factor on
          </Button>
          <Button onClick={() => setSetup(null)}>Leave it off</Button>
        </div>
      </form>
    )
  }
  return (
    <section className="stack" aria-label="Two-factor sign-in">
      <form
        className="stack"
        aria-label="Two-factor"
        onSubmit={(event) => {
          event.preventDefault()
          start.mutate()
        }}
      >
        <h2>Two-factor</h2>
        <p className="muted">
          {account.twoFactor
            ? 'On: after the password, a code is asked for.'
            : 'Off. With it, a stolen password is not enough.'}
        </p>
        {account.hasPassword ? (
          <>
            <PasswordInput
              label="Your password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
            />
            {start.error ? <ProblemNote error={start.error} /> : null}
            <div>
              <Button type="submit" loading={start.isPending} disabled={!password}>
                {account.twoFactor ? 'Turn two-factor off' : 'Set two-factor up'}
              </Button>
            </div>
          </>
        ) : (
          <p className="muted">Set a password first.</p>
        )}
      </form>
      {account.twoFactor ? <NewBackupCodes /> : null}
    </section>
  )
}
