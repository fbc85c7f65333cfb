import { Failure } from '@signalbox/core/base/failure.ts'
import { EnvironmentRules, ProjectSettings } from '@signalbox/core/contract/settings.ts'

type Tree = Record<string, unknown>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every setting with its path: `validation.port` → 3000, in the order of the schema. */
export function listSettings(settings: ProjectSettings): [path: string, value: unknown][] {
  const walk = (tree: Tree, prefix: string): [string, unknown][] =>
    Object.entries(tree).flatMap(([key, value]): [string, unknown][] =>
      isTree(value) && Object.keys(value).length > 0
        ? walk(value, `${prefix}${key}.`)
        : [[`${prefix}${key}`, value]],
    )
  return walk(settings, '')
}

/**
 * Settings with assignments like `validation.port=4000` made. Text stays text where text stands; numbers,
 * booleans, lists and maps are JSON, lists of words also `a,b`. An empty value takes a name out of a map, and the
 * rules of an environment away.
 * Failure `usage` that names the path and what it takes.
 */
export function assignSettings(settings: ProjectSettings, assignments: readonly string[]): ProjectSettings {
  const draft: Tree = structuredClone(settings)
  for (const assignment of assignments) assign(draft, assignment, settings)
  const parsed = ProjectSettings.safeParse(draft)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Failure('usage', 'These settings are not possible.', { hint: wrong.join('\n') })
}

function assign(draft: Tree, assignment: string, settings: ProjectSettings): void {
  const at = assignment.indexOf('=')
  if (at < 1) {
    throw new Failure('usage', `"${assignment}" is not an assignment.`, {
      hint: "For example --set validation.port=4000 or --set validation.testCommand='npm test'",
    })
  }
  const path = assignment.slice(0, at)
  const text = assignment.slice(at + 1)
  const keys = path.split('.')
  const rules = draft['environments']
  const [group, environment] = keys
  if (group === 'environments' && isTree(rules) && /^[a-z0-9-]{1,40}$/.test(environment ?? '')) {
    // The first word about an environment makes its rules; an empty value takes them away.
    if (keys.length === 2 && text === '') return void delete rules[environment ?? '']
    rules[environment ?? ''] ??= EnvironmentRules.parse({})
  }
  const last = keys.pop() ?? ''
  const parent = keys.reduce<unknown>(
    (tree, key) => (isTree(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined),
    draft,
  )
  const inMap = path.startsWith('validation.environmentVariables.') && keys.length === 2
  if (!isTree(parent) || !(Object.hasOwn(parent, last) || inMap)) {
    const known = listSettings(settings).map(([name]) => name)
    const near = known.filter((name) => name.startsWith(`${keys[0]}.`))
    throw new Failure('usage', `There is no setting "${path}".`, {
      hint: `Settings: ${(near.length > 0 ? near : known).join(', ')}`,
    })
  }
  if (inMap && text === '') delete parent[last]
  else parent[last] = inMap ? text : valueLike(parent[last], text, path)
}

function valueLike(before: unknown, text: string, path: string): unknown {
  if (typeof before === 'string') return text
  if (Array.isArray(before) && !text.trimStart().startsWith('[')) {
    return text.split(',').flatMap((part) => part.trim() || [])
  }
  try {
    return JSON.parse(text)
  } catch {
    const wanted = Array.isArray(before) ? 'list' : typeof before
    throw new Failure(
      'usage',
      `${path} takes a ${wanted === 'object' ? 'JSON object' : wanted}, not "${text}".`,
    )
  }
}
