import { Button } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { call } from '../../lib/api.ts'
import { fieldErrors, problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { fieldOf, formOf, parseEnvironment, type SettingsForm, settingsOf } from './settings-form.ts'
import { type SettingsTab, settingsTabs, tabTitles } from './settings-tabs.ts'
import { TabBody } from './tab-body.tsx'

interface SettingsViewProps {
  slug: string
  tab: SettingsTab
  onTab: (tab: SettingsTab) => void
}

/** The settings of a project, saved as a whole with the fence of what was read. */
export function SettingsView({ slug, tab, onTab }: SettingsViewProps) {
  const project = useQuery({ ...queries.project(slug) })
  return (
    <Loaded query={project} bones={<PageBones />}>
      {(data) => <SettingsOf key={data.id} project={data} tab={tab} onTab={onTab} />}
    </Loaded>
  )
}

function SettingsOf({ project, tab, onTab }: Omit<SettingsViewProps, 'slug'> & { project: ProjectDetail }) {
  const cache = useQueryClient()
  const form = useForm<SettingsForm>({
    initialValues: formOf(project),
  })
  const base = useForm<{ fence: number }>({ initialValues: { fence: project.fence } })
  function startFrom(next: ProjectDetail) {
    const values = formOf(next)
    form.setInitialValues(values)
    form.setValues(values)
    base.setValues({ fence: next.fence })
  }
  const save = useMutation({
    mutationFn: (values: SettingsForm) =>
      call('updateProject', {
        params: { project: project.slug },
        body: { fence: base.values.fence, name: values.name, settings: settingsOf(values) },
      }),
    onSuccess: (next) => {
      cache.setQueryData(queries.project(project.slug).queryKey, next)
      void cache.invalidateQueries({ queryKey: ['project', project.slug, 'workflow'] })
      void cache.invalidateQueries({ queryKey: ['projects'] })
      startFrom(next)
    },
    onError: (error) => {
      for (const [path, message] of Object.entries(fieldErrors(problemOf(error)))) {
        form.setFieldError(fieldOf(path), message)
      }
    },
  })
  function submit(values: SettingsForm) {
    for (const field of ['environmentText', 'releaseEnvironmentText', 'agentEnvironmentText'] as const) {
      const { error } = parseEnvironment(values[field])
      if (error) return form.setFieldError(field, error)
    }
    save.mutate(values)
  }
  async function reload() {
    save.reset()
    startFrom(await cache.fetchQuery({ ...queries.project(project.slug), staleTime: 0 }))
  }
  const conflict = save.error !== null && problemOf(save.error).status === 409
  return (
    <>
      <p className="crumbs">
        <Link to="/changes" search={{ project: project.slug }}>
          {project.slug}
        </Link>
        <span aria-hidden="true">/</span>
        <span>settings</span>
        <span aria-hidden="true">·</span>
        <Link to="/projects/$slug/members" params={{ slug: project.slug }}>
          members
        </Link>
      </p>
      <form onSubmit={form.onSubmit(submit)}>
        <div className="page-head">
          <h1 className="grow">Settings of {project.name}</h1>
          {form.isDirty() ? (
            <Button onClick={() => form.reset()} disabled={save.isPending}>
              Undo
            </Button>
          ) : (
            <span className="muted">{save.isSuccess ? 'Saved' : ''}</span>
          )}
          <Button
            type="submit"
            variant="filled"
            disabled={!form.isDirty()}
            loading={save.isPending}
            data-testid="settings-save"
          >
            Save the settings
          </Button>
        </div>
        {conflict ? (
          <div className="problem" role="alert" data-testid="settings-conflict" style={{ marginBottom: 12 }}>
            <h2>Someone else saved these settings in the meantime</h2>
            <p>Yours were not saved. Loading theirs drops what you wrote here.</p>
            <Button onClick={() => void reload()}>Load theirs</Button>
          </div>
        ) : save.error ? (
          <ProblemNote error={save.error} />
        ) : null}
        <Tabs
          label="Settings"
          value={tab}
          onChange={onTab}
          items={settingsTabs.map((value) => ({ value, label: tabTitles[value] }))}
        >
          <TabBody tab={tab} form={form} project={project} />
        </Tabs>
      </form>
    </>
  )
}
