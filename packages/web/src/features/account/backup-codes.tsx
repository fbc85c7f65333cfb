import { Button, PasswordInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { authCall } from '../../lib/auth-call.ts'

/** Backup codes as they are shown once. */
export function BackupCodeList({ codes }: { codes: string[] }) {
  return (
    <>
      <p>Keep these backup codes; each signs you in once, and they are not shown again:</p>
      <code className="command-line" data-testid="backup-codes">
        {codes.join('  ')}
      </code>
    </>
  )
}

/** Makes new backup codes by the password; those before end. */
export function NewBackupCodes() {
  const [password, setPassword] = useState('')
  const make = useMutation({
    mutationFn: async () => {
      const answer = await authCall('POST', '/two-factor/generate-backup-codes', { password })
      return Array.isArray(answer['backupCodes']) ? answer['backupCodes'].map(String) : []
    },
    onSuccess: () => setPassword(''),
  })
  return (
    <form
      className="stack"
      aria-label="Backup codes"
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <h3>Backup codes</h3>
      <p className="muted">New ones take the place of all that you have.</p>
      {make.data ? <BackupCodeList codes={make.data} /> : null}
      <PasswordInput
        label="Your password, for new codes"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
      />
      {make.error ? <ProblemNote error={make.error} /> : null}
      <div>
        <Button type="submit" loading={make.isPending} disabled={!password}>
          Make new backup codes
        </Button>
      </div>
    </form>
  )
}
