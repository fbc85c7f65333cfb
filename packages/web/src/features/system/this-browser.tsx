import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ColourSwitch } from '../../components/colour-switch.tsx'
import { ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'

/** What belongs to this browser only: its colours and its session. */
export function ThisBrowser() {
  const cache = useQueryClient()
  const leave = useMutation({
    mutationFn: () => call('deleteSession', {}),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['session'] }),
  })
  return (
    <section className="stack" aria-label="This browser">
      <h2>This browser</h2>
      <div className="row row-wrap">
        <ColourSwitch className="chip" />
        <Button loading={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
      </div>
      {leave.error ? <ProblemNote error={leave.error} /> : null}
    </section>
  )
}
