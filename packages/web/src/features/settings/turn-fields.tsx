import { NumberInput } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'

/** The pauses before each further try in words: `5 s, then 10 s`; undefined when there is no further try. */
export function pausesInWords(retries: number, seconds: number): string | undefined {
  if (!(retries > 0) || !(seconds >= 0)) return undefined
  const shown = Array.from({ length: Math.min(retries, 3) }, (_, n) => `${seconds * 2 ** n} s`)
  return `${shown.join(', then ')}${retries > shown.length ? ', and so on' : ''}`
}

/** How long a turn may take, and what happens when it breaks off. */
export function TurnFields({ form }: Pick<TabProps, 'form'>) {
  const { maxRetries, retryBackoffSeconds } = form.values.settings.agent
  const pauses = pausesInWords(maxRetries, retryBackoffSeconds)
  return (
    <>
      <NumberInput
        label="Time for one turn"
        description="Then it is ended, and a person is asked. Waiting for people does not count."
        suffix=" min"
        min={1}
        max={360}
        {...form.getInputProps('settings.agent.timeoutMinutes')}
      />
      <div className="stack" style={{ gap: 6 }}>
        <div className="pair">
          <NumberInput
            label="Further tries"
            suffix={maxRetries === 1 ? ' time' : ' times'}
            allowDecimal={false}
            min={0}
            max={10}
            {...form.getInputProps('settings.agent.maxRetries')}
          />
          <NumberInput
            label="Pause before the first, doubling"
            suffix=" s"
            min={0}
            max={3600}
            disabled={maxRetries === 0}
            {...form.getInputProps('settings.agent.retryBackoffSeconds')}
          />
        </div>
        <p className="muted">
          When the agent or its model breaks off for a reason that passes (busy, overloaded, a process that
          died), it goes on in the same sandbox.{' '}
          {pauses ? `Pauses: ${pauses}.` : 'Without a further try a person is asked at once.'}
        </p>
      </div>
    </>
  )
}
