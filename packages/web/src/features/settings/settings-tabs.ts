/** The tabs of a project's settings, as the address names them. */
export const settingsTabs = [
  'general',
  'agent',
  'validation',
  'repository',
  'deployment',
  'secrets',
  'sandbox',
  'snapshots',
] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const tabTitles: Record<SettingsTab, string> = {
  general: 'General',
  agent: 'Agent',
  validation: 'Validation',
  repository: 'Repository',
  deployment: 'Deployment',
  secrets: 'Secrets',
  sandbox: 'Sandbox',
  snapshots: 'Snapshots',
}
