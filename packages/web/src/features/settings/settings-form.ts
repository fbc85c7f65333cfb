import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { protectedLines, protectedOf } from './protected-branches.ts'

/** Settings as fields: lists and environment variables are text, one entry a line. */
export interface SettingsForm {
  name: string
  settings: ProjectSettings
  environmentText: string
  releaseEnvironmentText: string
  agentEnvironmentText: string
  requiredChecksText: string
  allowHostsText: string
  installInputsText: string
  protectedBranchesText: string
  openChangesForText: string
}

export function formOf(project: ProjectDetail): SettingsForm {
  const { validation, agent, deployment, sandbox, repository } = project.settings
  const lines = (variables: Record<string, string>) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')
  return {
    name: project.name,
    settings: project.settings,
    environmentText: lines(validation.environmentVariables),
    releaseEnvironmentText: lines(deployment.environmentVariables),
    agentEnvironmentText: lines(agent.environment),
    requiredChecksText: validation.requiredChecks.join('\n'),
    installInputsText: validation.installInputs.join('\n'),
    allowHostsText: sandbox.allowHosts.join('\n'),
    protectedBranchesText: protectedLines(repository.protectedBranches),
    openChangesForText: repository.openChangesFor.join('\n'),
  }
}

/** Non-empty lines, trimmed. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

/** `NAME=value` by line; the first `=` divides. A line without one is an error named by its number. */
export function parseEnvironment(text: string): { values: Record<string, string>; error: string | null } {
  const values: Record<string, string> = {}
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const at = line.indexOf('=')
    if (at <= 0) return { values, error: `Line ${index + 1} is not NAME=value.` }
    values[line.slice(0, at).trim()] = line.slice(at + 1)
  }
  return { values, error: null }
}

/** The settings that the form says. */
export function settingsOf(form: SettingsForm): ProjectSettings {
  return {
    ...form.settings,
    validation: {
      ...form.settings.validation,
      environmentVariables: parseEnvironment(form.environmentText).values,
      requiredChecks: linesOf(form.requiredChecksText),
      installInputs: linesOf(form.installInputsText),
    },
    deployment: {
      ...form.settings.deployment,
      environmentVariables: parseEnvironment(form.releaseEnvironmentText).values,
    },
    agent: {
      ...form.settings.agent,
      environment: parseEnvironment(form.agentEnvironmentText).values,
    },
    sandbox: { ...form.settings.sandbox, allowHosts: linesOf(form.allowHostsText) },
    repository: {
      ...form.settings.repository,
      protectedBranches: protectedOf(linesOf(form.protectedBranchesText)),
      openChangesFor: linesOf(form.openChangesForText),
    },
  }
}

/** The text field for a path of the settings that the form shows as lines. */
export function fieldOf(path: string): string {
  if (path.startsWith('settings.validation.environmentVariables')) return 'environmentText'
  if (path.startsWith('settings.deployment.environmentVariables')) return 'releaseEnvironmentText'
  if (path.startsWith('settings.agent.environment')) return 'agentEnvironmentText'
  if (path.startsWith('settings.validation.requiredChecks')) return 'requiredChecksText'
  if (path.startsWith('settings.validation.installInputs')) return 'installInputsText'
  if (path.startsWith('settings.sandbox.allowHosts')) return 'allowHostsText'
  if (path.startsWith('settings.repository.protectedBranches')) return 'protectedBranchesText'
  if (path.startsWith('settings.repository.openChangesFor')) return 'openChangesForText'
  return path
}
