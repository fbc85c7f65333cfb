import type { useForm } from '@mantine/form'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { ReactNode } from 'react'
import type { SettingsTab } from '../../lib/settings-tabs.ts'
import { AgentTab } from './agent-tab.tsx'
import { DeploymentTab } from './deployment-tab.tsx'
import { GeneralTab } from './general-tab.tsx'
import { RepositoryTab } from './repository-tab.tsx'
import { SandboxTab } from './sandbox-tab.tsx'
import type { SettingsForm } from './settings-form.ts'
import { SnapshotsTab } from './snapshots-tab.tsx'
import { ValidationTab } from './validation-tab.tsx'

export type Form = ReturnType<typeof useForm<SettingsForm>>

/** What a tab of the settings is drawn from. */
export interface TabProps {
  form: Form
  project: ProjectDetail
}

/** The tabs that are fields of the form; the others save each thing by itself. */
export type FieldTab = Exclude<SettingsTab, 'secrets' | 'members'>

const bodies: Record<FieldTab, (props: TabProps) => ReactNode> = {
  general: GeneralTab,
  agent: AgentTab,
  validation: ValidationTab,
  repository: RepositoryTab,
  deployment: DeploymentTab,
  sandbox: SandboxTab,
  snapshots: SnapshotsTab,
}

/** The fields of one tab. */
export function TabBody({ tab, form, project }: TabProps & { tab: FieldTab }) {
  const Body = bodies[tab]
  return <Body form={form} project={project} />
}
