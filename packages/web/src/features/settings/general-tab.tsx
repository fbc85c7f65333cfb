import { Switch, TextInput } from '@mantine/core'
import { DeleteProject } from './delete-project.tsx'
import { ProjectRetentionPart } from './project-retention.tsx'
import type { TabProps } from './tab-body.tsx'

/** Name, where the code comes from, merging by itself, and the end of the project. */
export function GeneralTab({ form, project }: TabProps) {
  return (
    <div className="settings-grid">
      <TextInput label="Name" {...form.getInputProps('name')} />
      <Switch
        label="Merge by itself when every gate is green"
        description="Otherwise each change waits until a person presses Merge."
        {...form.getInputProps('settings.autoMerge', { type: 'checkbox' })}
      />
      <Switch
        label="Workflows start by themselves"
        description="On pushes, pull requests and the end of other workflows, as their files say. An import starts nothing."
        {...form.getInputProps('settings.workflows.automatic', { type: 'checkbox' })}
      />
      <Switch
        label="Workflows start at set times"
        description="By the schedules of the default branch."
        {...form.getInputProps('settings.workflows.schedules', { type: 'checkbox' })}
      />
      <dl className="facts panel" style={{ padding: 16 }}>
        <dt>Clone</dt>
        <dd className="mono">{project.cloneUrl}</dd>
        <dt>Came from</dt>
        <dd className="mono">{project.originUrl ?? 'made here'}</dd>
        <dt>Pushed back</dt>
        <dd>{project.sync ? 'merges are pushed to where it came from, fast-forward only' : 'no'}</dd>
        {project.syncProblem && (
          <>
            <dt>Apart from it</dt>
            <dd>
              <span role="alert">{project.syncProblem}</span>
            </dd>
          </>
        )}
        <dt>Default branch</dt>
        <dd className="mono">{project.defaultBranch}</dd>
      </dl>
      <ProjectRetentionPart project={project} />
      <DeleteProject project={project} />
    </div>
  )
}
