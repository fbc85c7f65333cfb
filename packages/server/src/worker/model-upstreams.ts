import { type ModelProvider, ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { type ModelUpstream, modelBase } from '@signalbox/engine/sandbox/egress/model-broker.ts'
import type { ProjectRow } from '../db/projects.ts'
import type { RunRow } from '../db/state-of.ts'
import type { WorkerDeps } from './deps.ts'

/** How each provider is told who asks. */
const credentials: Record<ModelProvider, (key: string) => Record<string, string>> = {
  anthropic: (key) => ({ 'x-api-key': key }),
  openai: (key) => ({ authorization: `Bearer ${key}` }),
  gemini: (key) => ({ 'x-goog-api-key': key }),
}

/** The name of a provider's key: in the worker's environment, and of a secret of the project, which goes first. */
const keyNames: Record<ModelProvider, string> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  gemini: 'GEMINI_API_KEY',
}

/** Where agents look for a model's address and key; the key that they find is none. */
const variables: Record<ModelProvider, (base: string) => Record<string, string>> = {
  anthropic: (base) => ({ ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: placeholder }),
  openai: (base) => ({ OPENAI_BASE_URL: base, OPENAI_API_KEY: placeholder }),
  gemini: (base) => ({ GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: placeholder }),
}

/** Stands inside where a key is wanted: many agents do not start without one. */
const placeholder = 'added-by-signalbox-outside-the-sandbox'

type Deps = Pick<WorkerDeps, 'config' | 'vault'>

/**
 * The servers of models that this run's sandbox may ask, with their keys: for turns of agents only. The one place
 * in which a key is looked up; it goes to the broker and nowhere else.
 */
export async function modelUpstreams(
  { config, vault }: Deps,
  run: Pick<RunRow, 'kind'>,
  project: Pick<ProjectRow, 'id' | 'settings'>,
): Promise<ModelUpstream[]> {
  if (run.kind !== 'agent') return []
  const names = ProjectSettings.parse(project.settings).agent.models
  const wanted = new Set(names.map((name) => keyNames[name]))
  const place = { projectId: project.id, environment: '' }
  const secrets = await vault.open(place, { wants: (name) => wanted.has(name) })
  return names.flatMap((name) => {
    const { key = undefined, baseUrl, available, extraPaths } = config.models[name]
    const own = secrets[keyNames[name]] ?? key
    if (own === undefined && !available) return []
    const headers = own === undefined ? {} : credentials[name](own)
    return [{ name, api: name, baseUrl, extraPaths, headers }]
  })
}

/** The environment of the agent's command: where its models are, and what the project adds to it. */
export async function agentEnvironment(
  deps: Deps,
  run: Pick<RunRow, 'kind'>,
  project: Pick<ProjectRow, 'id' | 'settings'>,
): Promise<Record<string, string>> {
  const { agent } = ProjectSettings.parse(project.settings)
  const offered = new Set((await modelUpstreams(deps, run, project)).map(({ name }) => name))
  const models = agent.models
    .filter((name) => offered.has(name))
    .map((name) => variables[name](`${modelBase}/${name}`))
  return { ...Object.assign({}, ...models), ...agent.environment }
}
