import { Button } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { call } from '../../lib/api.ts'
import { useMay } from '../../lib/may.ts'
import { fieldErrors, problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { type SettingsTab, settingsTabs, tabTitles } from '../../lib/settings-tabs.ts'
import { useSaveKey } from '../../lib/use-save-key.ts'
import { LeaveGuard } from './leave-guard.tsx'
import { SecretsTab } from './secrets-tab.tsx'
import { fieldOf, formOf, parseEnvironment, type SettingsForm, settingsOf } from './settings-form.ts'
import { TabBody } from './tab-body.tsx'

interface SettingsViewProps {
  slug: string
  tab: SettingsTab
  onTab: (tab: SettingsTab) => void
  /** The tab of the members, which is another feature's. */
  members: ReactNode
}

/** The settings of a project, saved as a whole with the fence of what was read. */
export function SettingsView({ slug, ...props }: SettingsViewProps) {
  const project = useQuery({ ...queries.project(slug) })
  return (
    <Loaded whole query={project} bones={<PageBones />}>
      {(data) => <SettingsOf key={data.id} project={data} {...props} />}
    </Loaded>
  )
}

function SettingsOf({
  project,
  tab,
  onTab,
  members,
}: Omit<SettingsViewProps, 'slug'> & { project: ProjectDetail }) {
  const write = useMay('project.write', project.id)
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
  const saveNow = () => form.onSubmit(submit)()
  useSaveKey(() => {
    if (write.may && form.isDirty() && !save.isPending) saveNow()
  })
  const savesItself = tab === 'members' || tab === 'secrets'
  const conflict = save.error !== null && problemOf(save.error).status === 409
  return (
    <>
      <p className="crumbs">
        <Link to="/changes" search={{ project: project.slug }}>
          {project.slug}
        </Link>
        <span aria-hidden="true">/</span>
        <span>settings</span>
      </p>
      <div className="page-head">
        <h1 className="grow">Settings of {project.name}</h1>
        {form.isDirty() ? (
          <Button onClick={() => form.reset()} disabled={save.isPending}>
            Undo
          </Button>
        ) : (
          <span className="muted" role="status">
            {save.isSuccess ? 'Saved' : ''}
          </span>
        )}
        {savesItself && !form.isDirty() ? null : (
          <Button
            variant="filled"
            disabled={!form.isDirty() || !write.may}
            title={write.reason ?? 'Ctrl S'}
            loading={save.isPending}
            onClick={saveNow}
            data-testid="settings-save"
          >
            Save the settings
          </Button>
        )}
      </div>
      {write.reason ? (
        <p className="note" data-testid="settings-read-only">
          You see these settings. {write.reason}
        </p>
      ) : null}
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
        {tab === 'members' ? (
          <div className="tab-part">{members}</div>
        ) : tab === 'secrets' ? (
          <SecretsTab slug={project.slug} />
        ) : (
          <form onSubmit={form.onSubmit(submit)}>
            <fieldset className="plain" disabled={!write.may}>
              <TabBody tab={tab} form={form} project={project} />
            </fieldset>
          </form>
        )}
      </Tabs>
      <LeaveGuard dirty={form.isDirty()} what={`the settings of ${project.name}`} />
    </>
  )
}
