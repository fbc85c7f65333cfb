import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'

/** Tries the saved commands on a branch, to see whether they are right before a change needs them. */
export function TryValidation({ slug, branch, dirty }: { slug: string; branch: string; dirty: boolean }) {
  const [chosen, setChosen] = useState(branch)
  const navigate = useNavigate()
  const attempt = useMutation({
    mutationFn: () =>
      call('tryValidation', { params: { project: slug }, body: { branch: chosen.trim() || undefined } }),
    onSuccess: (run) => void navigate({ to: '/runs/$id', params: { id: run.id } }),
  })
  return (
    <section className="stack" aria-label="Try it" style={{ gap: 8 }}>
      <h2>Try it</h2>
      <p className="muted">Runs these steps on a branch. Nothing is merged or deployed by it.</p>
      <div className="row row-wrap" style={{ alignItems: 'end' }}>
        <TextInput
          label="Branch"
          value={chosen}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <Button
          loading={attempt.isPending}
          disabled={dirty}
          onClick={() => attempt.mutate()}
          data-testid="try-validation"
        >
          {dirty ? 'Save the settings first' : `Try on ${chosen.trim() || branch}`}
        </Button>
      </div>
      {attempt.error ? <ProblemNote error={attempt.error} /> : null}
    </section>
  )
}
