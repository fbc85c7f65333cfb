import { readFileSync } from 'node:fs'

interface Definition {
  context?: string[]
  'one-of'?: string[]
  sequence?: { 'item-type': string }
  mapping?: {
    properties?: Record<string, string | { type: string }>
    'loose-value-type'?: string
  }
}

// By its place: the package exports modules only.
const file = '../../../../../node_modules/@actions/workflow-parser/dist/workflow-v1.0.min.json'
const { definitions }: { definitions: Record<string, Definition> } = JSON.parse(
  readFileSync(new URL(file, import.meta.url), 'utf8'),
)

/** What the names of a mapping are called in GitHub's notation, by the key above them. */
const placeholders: Record<string, string> = {
  jobs: '<job_id>',
  services: '<service_id>',
  inputs: '<input_id>',
  secrets: '<secret_id>',
  outputs: '<output_id>',
}

/** The path of every key that GitHub's schema of workflow files knows, in GitHub's notation. */
export function schemaKeys(): string[] {
  const found = new Set<string>()
  walk('workflow-root-strict', '', found)
  return [...found]
}

function walk(name: string, path: string, found: Set<string>): void {
  const definition = definitions[name]
  if (!definition) return
  for (const one of definition['one-of'] ?? []) walk(one, path, found)
  if (definition.sequence) walk(definition.sequence['item-type'], `${path}[*]`, found)
  for (const [key, value] of Object.entries(definition.mapping?.properties ?? {})) {
    const below = path === '' ? key : `${path}.${key}`
    found.add(below)
    // The steps of a group are steps like the others.
    if (key !== 'parallel') walk(typeof value === 'string' ? value : value.type, below, found)
  }
  const loose = definition.mapping?.['loose-value-type']
  const last = path.split('.').at(-1) ?? ''
  if (loose) walk(loose, `${path}.${placeholders[last] ?? '*'}`, found)
}

/** Every context that some place of a workflow may name. */
export function schemaContexts(): string[] {
  return allowed().filter((name) => !name.includes('('))
}

/** Every function that the schema allows in some places only. */
export function schemaFunctions(): string[] {
  return [...new Set(allowed().flatMap((name) => (name.includes('(') ? [name.replace(/\(.*/, '')] : [])))]
}

function allowed(): string[] {
  return [...new Set(Object.values(definitions).flatMap((definition) => definition.context ?? []))]
}
