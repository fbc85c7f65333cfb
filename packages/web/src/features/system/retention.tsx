import { Button } from '@mantine/core'
import type { RetentionSettings, RetentionView } from '@signalbox/core/contract/views/retention.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { DeleteOld, LimitInput } from '../../components/retention-parts.tsx'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { oldSentence } from '../../lib/retention-words.ts'

const fields: [name: keyof RetentionSettings, label: string, unit: string][] = [
  ['changeDays', 'Completed changes', ' days'],
  ['runDays', 'Completed runs', ' days'],
  ['keepRuns', 'Newest of each project', ' runs'],
  ['logDays', 'Logs', ' days'],
  ['eventDays', 'Live events', ' days'],
  ['auditDays', 'Audit log', ' days'],
]

/** For how long things are kept, what would be deleted now, and the button that does it. */
export function Retention() {
  const retention = useQuery({ ...queries.retention(), retry: false })
  return (
    <Loaded query={retention} bones={<PageBones />}>
      {(view) => <RetentionForm key={JSON.stringify(view.settings)} view={view} />}
    </Loaded>
  )
}

function RetentionForm({ view }: { view: RetentionView }) {
  const [settings, setSettings] = useState(view.settings)
  const cache = useQueryClient()
  const done = { onSuccess: () => cache.invalidateQueries({ queryKey: ['retention'] }) }
  const save = useMutation({ mutationFn: () => call('updateRetention', { body: settings }), ...done })
  const run = useMutation({ mutationFn: () => call('runRetention', {}), ...done })
  const error = save.error ?? run.error
  return (
    <section className="stack" aria-label="Kept for">
      <h2>Kept for</h2>
      <p className="muted">
        What is older is deleted each night at three; 0 is for ever. What an open change, a deployment under
        way or a kept release needs stays. A project may have its own numbers, in its settings.
      </p>
      <div className="row row-wrap" style={{ alignItems: 'flex-end' }}>
        {fields.map(([name, label, unit]) => (
          <LimitInput
            key={name}
            label={label}
            unit={unit}
            value={settings[name]}
            onChange={(value) => setSettings({ ...settings, [name]: value ?? 0 })}
          />
        ))}
      </div>
      <p data-testid="retention-preview">{oldSentence(view.preview)}</p>
      <div className="row row-wrap">
        <Button
          variant="filled"
          disabled={JSON.stringify(settings) === JSON.stringify(view.settings)}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save the limits
        </Button>
        <DeleteOld
          permission="system.write"
          preview={view.preview}
          title="Delete what is older?"
          busy={run.isPending}
          onDelete={() => run.mutate()}
        />
      </div>
      {error ? <ProblemNote error={error} /> : null}
    </section>
  )
}
