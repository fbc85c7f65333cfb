/** The tabs of a project's settings, as the address names them, in their order. */
export const settingsTabs = [
  'general',
  'repository',
  'agent',
  'validation',
  'deployment',
  'secrets',
  'members',
  'sandbox',
  'snapshots',
] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const tabTitles: Record<SettingsTab, string> = {
  general: 'General',
  repository: 'Repository',
  agent: 'Agent',
  validation: 'Validation',
  deployment: 'Deployment',
  secrets: 'Secrets',
  members: 'Members',
  sandbox: 'Sandbox',
  snapshots: 'Snapshots',
}
