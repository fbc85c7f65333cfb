import { type ModelProvider, ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type ModelUpstream, modelBase } from '@signalbox/engine/sandbox/egress/model-broker.ts'
import type { Config } from '../config.ts'
import type { ProjectRow } from '../db/projects.ts'
import type { RunRow } from '../db/state-of.ts'

/** How each provider is told who asks. */
const credentials: Record<ModelProvider, (key: string) => Record<string, string>> = {
  anthropic: (key) => ({ 'x-api-key': key }),
  openai: (key) => ({ authorization: `Bearer ${key}` }),
  gemini: (key) => ({ 'x-goog-api-key': key }),
}

/** Where agents look for a model's address and key; the key that they find is none. */
const variables: Record<ModelProvider, (base: string) => Record<string, string>> = {
  anthropic: (base) => ({ ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: placeholder }),
  openai: (base) => ({ OPENAI_BASE_URL: base, OPENAI_API_KEY: placeholder }),
  gemini: (base) => ({ GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: placeholder }),
}

/** Stands inside where a key is wanted: many agents do not start without one. */
const placeholder = 'added-by-signalbox-outside-the-sandbox'

/**
 * The servers of models that this run's sandbox may ask, with their keys: for turns of agents only. The one place
 * in which a key is looked up.
 */
export function modelUpstreams(
  config: Pick<Config, 'models'>,
  run: Pick<RunRow, 'kind'>,
  project: Pick<ProjectRow, 'settings'>,
): ModelUpstream[] {
  if (run.kind !== 'agent') return []
  return offered(config, ProjectSettings.parse(project.settings)).map((name) => {
    const { key, baseUrl } = config.models[name]
    return { name, baseUrl, headers: key === undefined ? {} : credentials[name](key) }
  })
}

/** The environment of the agent's command: where its models are, and what the project adds to it. */
export function agentEnvironment(
  config: Pick<Config, 'models'>,
  settings: ProjectSettings,
): Record<string, string> {
  const models = offered(config, settings).map((name) => variables[name](`${modelBase}/${name}`))
  return { ...Object.assign({}, ...models), ...settings.agent.environment }
}

function offered(config: Pick<Config, 'models'>, settings: ProjectSettings): ModelProvider[] {
  return settings.agent.models.filter((name) => config.models[name].available)
}
