import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { ProjectRetention, ProjectRetentionView } from '@signalbox/core/contract/views/retention.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { DeleteOld, LimitInput } from '../../components/retention-parts.tsx'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { useMay } from '../../lib/may.ts'
import { queries } from '../../lib/queries.ts'
import { oldSentence } from '../../lib/retention-words.ts'

const fields: [name: keyof ProjectRetention, label: string, unit: string][] = [
  ['changeDays', 'Completed changes', ' days'],
  ['runDays', 'Completed runs', ' days'],
  ['keepRuns', 'Newest', ' runs'],
  ['logDays', 'Logs', ' days'],
]

/** For how long things of this project are kept, where that differs from the installation. */
export function ProjectRetentionPart({ project }: { project: ProjectDetail }) {
  const retention = useQuery(queries.projectRetention(project.slug))
  return (
    <section className="panel stack" aria-label="Kept for" style={{ padding: 16 }}>
      <h2>Kept for</h2>
      <p className="muted">
        What is older is deleted each night at three; empty is as the installation has it, 0 is for ever. What
        an open change, a deployment under way or a kept release needs stays.
      </p>
      <Loaded query={retention} bones={<PageBones />}>
        {(view) => <RetentionFields key={JSON.stringify(view.settings)} project={project} view={view} />}
      </Loaded>
    </section>
  )
}

function RetentionFields({ project, view }: { project: ProjectDetail; view: ProjectRetentionView }) {
  const [settings, setSettings] = useState(view.settings)
  const write = useMay('project.write', project.id)
  const cache = useQueryClient()
  const params = { project: project.slug }
  const { queryKey } = queries.projectRetention(project.slug)
  const save = useMutation({
    mutationFn: () => call('updateProjectRetention', { params, body: settings }),
    onSuccess: (next) => cache.setQueryData(queryKey, next),
  })
  const run = useMutation({
    mutationFn: () => call('runProjectRetention', { params }),
    onSuccess: async () => {
      for (const key of [queryKey, ['runs'], ['changes']]) await cache.invalidateQueries({ queryKey: key })
    },
  })
  const changed = JSON.stringify(settings) !== JSON.stringify(view.settings)
  const error = save.error ?? run.error
  return (
    <>
      <div className="row row-wrap" style={{ alignItems: 'flex-end' }}>
        {fields.map(([name, label, unit]) => (
          <LimitInput
            key={name}
            label={label}
            unit={unit}
            placeholder={view.installation[name] ? `${view.installation[name]}${unit}` : 'for ever'}
            disabled={!write.may}
            value={settings[name]}
            onChange={(value) => setSettings({ ...settings, [name]: value })}
          />
        ))}
      </div>
      <p data-testid="project-retention-preview">
        {oldSentence(view.preview)}
        {changed ? ' Save to see it with the new numbers.' : ''}
      </p>
      <div className="row row-wrap">
        <PermittedButton
          permission="project.write"
          project={project.id}
          variant="outline"
          disabled={!changed}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save what is kept
        </PermittedButton>
        <DeleteOld
          permission="project.write"
          project={project.id}
          preview={view.preview}
          title={`Delete what is older in ${project.name}?`}
          disabled={changed}
          busy={run.isPending}
          onDelete={() => run.mutate()}
        />
      </div>
      {error ? <ProblemNote error={error} /> : null}
    </>
  )
}
