import type { useForm } from '@mantine/form'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { ReactNode } from 'react'
import { AgentTab } from './agent-tab.tsx'
import { DeploymentTab } from './deployment-tab.tsx'
import { GeneralTab } from './general-tab.tsx'
import { RepositoryTab } from './repository-tab.tsx'
import { SandboxTab } from './sandbox-tab.tsx'
import { SecretsTab } from './secrets-tab.tsx'
import type { SettingsForm } from './settings-form.ts'
import type { SettingsTab } from './settings-tabs.ts'
import { SnapshotsTab } from './snapshots-tab.tsx'
import { ValidationTab } from './validation-tab.tsx'

export type Form = ReturnType<typeof useForm<SettingsForm>>

/** What a tab of the settings is drawn from. */
export interface TabProps {
  form: Form
  project: ProjectDetail
}

const bodies: Record<SettingsTab, (props: TabProps) => ReactNode> = {
  general: GeneralTab,
  agent: AgentTab,
  validation: ValidationTab,
  repository: RepositoryTab,
  deployment: DeploymentTab,
  secrets: SecretsTab,
  sandbox: SandboxTab,
  snapshots: SnapshotsTab,
}

/** The fields of one tab. */
export function TabBody({ tab, form, project }: TabProps & { tab: SettingsTab }) {
  const Body = bodies[tab]
  return <Body form={form} project={project} />
}
