/** A job, a step or a whole file in which a key stands, by where the key stands. */
const written: Record<string, string> = {
  name: 'name: CI',
  description: 'description: All of it',
  'run-name': 'run-name: by ${{ github.actor }}',
  on: 'on: push',
  env: 'env: {A: b}',
  jobs: 'jobs: {a: {runs-on: linux, steps: [{run: x}]}}',
  'defaults.run.shell': 'defaults: {run: {shell: bash}}',
  'defaults.run.working-directory': 'defaults: {run: {working-directory: a}}',
  permissions: 'permissions: read-all',
  'concurrency.group': 'concurrency: {group: a}',
  'concurrency.cancel-in-progress': 'concurrency: {group: a, cancel-in-progress: true}',
  'concurrency.queue': 'concurrency: {group: a, queue: max}',
  'jobs.<job_id>.name': 'name: A',
  'jobs.<job_id>.needs': 'needs: [first]',
  'jobs.<job_id>.if': 'if: always()',
  'jobs.<job_id>.runs-on': 'runs-on: ubuntu-latest',
  'jobs.<job_id>.runs-on.group': 'runs-on: {group: a}',
  'jobs.<job_id>.runs-on.labels': 'runs-on: {labels: [linux]}',
  'jobs.<job_id>.env': 'env: {A: b}',
  'jobs.<job_id>.outputs': 'outputs: {a: "${{ steps.s.outputs.a }}"}',
  'jobs.<job_id>.timeout-minutes': 'timeout-minutes: 5',
  'jobs.<job_id>.cancel-timeout-minutes': 'cancel-timeout-minutes: 5',
  'jobs.<job_id>.continue-on-error': 'continue-on-error: true',
  'jobs.<job_id>.strategy.matrix': 'strategy: {matrix: {v: [1, 2]}}',
  'jobs.<job_id>.strategy.matrix.include': 'strategy: {matrix: {v: [1], include: [{v: 2}]}}',
  'jobs.<job_id>.strategy.matrix.exclude': 'strategy: {matrix: {v: [1, 2], exclude: [{v: 2}]}}',
  'jobs.<job_id>.strategy.fail-fast': 'strategy: {fail-fast: false, matrix: {v: [1, 2]}}',
  'jobs.<job_id>.strategy.max-parallel': 'strategy: {max-parallel: 1, matrix: {v: [1, 2]}}',
  'jobs.<job_id>.defaults.run.shell': 'defaults: {run: {shell: bash}}',
  'jobs.<job_id>.defaults.run.working-directory': 'defaults: {run: {working-directory: a}}',
  'jobs.<job_id>.permissions': 'permissions: {contents: read}',
  'jobs.<job_id>.concurrency.group': 'concurrency: {group: a}',
  'jobs.<job_id>.concurrency.cancel-in-progress': 'concurrency: {group: a, cancel-in-progress: true}',
  'jobs.<job_id>.concurrency.queue': 'concurrency: {group: a, queue: max}',
  'jobs.<job_id>.container.image': 'container: {image: node:24}',
  'jobs.<job_id>.container.options': 'container: {image: node:24, options: --cpus 1}',
  'jobs.<job_id>.container.env': 'container: {image: node:24, env: {A: b}}',
  'jobs.<job_id>.container.ports': 'container: {image: node:24, ports: ["80"]}',
  'jobs.<job_id>.container.volumes': 'container: {image: node:24, volumes: [a:/b]}',
  'jobs.<job_id>.container.credentials.username':
    'container: {image: node:24, credentials: {username: a, password: b}}',
  'jobs.<job_id>.container.credentials.password':
    'container: {image: node:24, credentials: {username: a, password: b}}',
  'jobs.<job_id>.environment.name': 'environment: {name: production}',
  'jobs.<job_id>.environment.url': 'environment: {name: production, url: "https://example.com"}',
  'jobs.<job_id>.environment.deployment': 'environment: {name: production, deployment: false}',
  'jobs.<job_id>.snapshot.image-name': 'snapshot: {image-name: a}',
  'jobs.<job_id>.snapshot.version': 'snapshot: {image-name: a, version: 1.*}',
  'jobs.<job_id>.snapshot.if': 'snapshot: {image-name: a, if: github.ref}',
  'jobs.<job_id>.uses': 'uses: ./.github/workflows/other.yml',
  'jobs.<job_id>.with': 'uses: ./.github/workflows/other.yml\nwith: {a: 1}',
  'jobs.<job_id>.secrets': 'uses: ./.github/workflows/other.yml\nsecrets: inherit',
  'jobs.<job_id>.steps': 'steps: [{run: x}]',
  'jobs.<job_id>.steps[*].id': '{run: x, id: one}',
  'jobs.<job_id>.steps[*].name': '{run: x, name: One}',
  'jobs.<job_id>.steps[*].if': '{run: x, if: failure()}',
  'jobs.<job_id>.steps[*].env': '{run: x, env: {A: b}}',
  'jobs.<job_id>.steps[*].run': '{run: echo}',
  'jobs.<job_id>.steps[*].shell': '{run: x, shell: bash}',
  'jobs.<job_id>.steps[*].working-directory': '{run: x, working-directory: a}',
  'jobs.<job_id>.steps[*].uses': '{uses: actions/checkout@v4}',
  'jobs.<job_id>.steps[*].with': '{uses: actions/checkout@v4, with: {ref: main}}',
  'jobs.<job_id>.steps[*].continue-on-error': '{run: x, continue-on-error: true}',
  'jobs.<job_id>.steps[*].timeout-minutes': '{run: x, timeout-minutes: 5}',
  'jobs.<job_id>.steps[*].background': '{run: x, id: b, background: true}',
  'jobs.<job_id>.steps[*].wait': '{run: x, id: b, background: true}, {wait: [b]}',
  'jobs.<job_id>.steps[*].wait-all': '{run: x, id: b, background: true}, {wait-all: true}',
  'jobs.<job_id>.steps[*].cancel': '{run: x, id: b, background: true}, {cancel: b}',
  'jobs.<job_id>.steps[*].parallel': '{parallel: [{run: x}, {run: z}]}',
  // Events and what stands under them.
  'workflow_dispatch.inputs': '{}',
  'workflow_dispatch.inputs.<input_id>.description': '{i: {description: a}}',
  'workflow_dispatch.inputs.<input_id>.type': '{i: {type: boolean}}',
  'workflow_dispatch.inputs.<input_id>.required': '{i: {required: true}}',
  'workflow_dispatch.inputs.<input_id>.default': '{i: {default: a}}',
  'workflow_dispatch.inputs.<input_id>.options': '{i: {type: choice, options: [a, b]}}',
  'workflow_call.inputs': '{}',
  'workflow_call.inputs.<input_id>.description': '{i: {type: string, description: a}}',
  'workflow_call.inputs.<input_id>.type': '{i: {type: boolean}}',
  'workflow_call.inputs.<input_id>.required': '{i: {type: string, required: true}}',
  'workflow_call.inputs.<input_id>.default': '{i: {type: string, default: a}}',
  'workflow_call.secrets': '{}',
  'workflow_call.secrets.<secret_id>.description': '{s: {description: a}}',
  'workflow_call.secrets.<secret_id>.required': '{s: {required: true}}',
  'workflow_call.outputs': '{}',
  'workflow_call.outputs.<output_id>.description': '{o: {description: a, value: b}}',
  'workflow_call.outputs.<output_id>.value': '{o: {value: "${{ jobs.a.outputs.b }}"}}',
}

/** A whole workflow file in which the key at this path stands; undefined where nobody wrote one yet. */
export function exampleOfKey(path: string): string | undefined {
  const scope = /^(jobs\.<job_id>\.)?permissions\.([a-z-]+)$/.exec(path)
  const level = scope?.[2] === 'models' || scope?.[2] === 'vulnerability-alerts' ? 'read' : 'write'
  const text =
    written[path] ??
    (scope ? `permissions: {${scope[2]}: ${level}}` : undefined) ??
    service(path) ??
    below(path)
  if (text === undefined) return undefined
  if (!path.startsWith('jobs.')) return withDefaults(text)
  return withDefaults(path.includes('.steps[*].') ? jobOf(`steps: [${text}]`) : jobOf(text))
}

/** An example of a key below serves for the key above it. */
function below(path: string): string | undefined {
  const found = Object.keys(written).find((other) => other.startsWith(`${path}.`))
  return found ? written[found] : service(`${path}.<service_id>.image`)
}

function service(path: string): string | undefined {
  const [, key] = /^jobs\.<job_id>\.services\.<service_id>\.(.+)$/.exec(path) ?? []
  if (key === undefined) return undefined
  if (key === 'entrypoint' || key === 'command') return `services: {a: {image: b, ${key}: c}}`
  const wanted = key === 'credentials' ? 'credentials.username' : key
  return written[`jobs.<job_id>.container.${wanted}`]?.replace(/^container: (.*)$/s, 'services: {a: $1}')
}

/** Keys of a job as a whole job beside one that it may need. */
function jobOf(keys: string): string {
  const calls = keys.startsWith('uses:')
  const rest = [
    ...(calls || keys.startsWith('runs-on:') ? [] : ['runs-on: linux']),
    ...(calls || keys.startsWith('steps:') ? [] : ['steps: [{run: x}]']),
  ]
  const lines = [...keys.split('\n'), ...rest].map((line) => `    ${line}`)
  return `jobs:\n  first: {runs-on: linux, steps: [{run: x}]}\n  t:\n${lines.join('\n')}`
}

/** Adds `on` and `jobs` where they are missing. */
function withDefaults(text: string): string {
  return [
    text,
    ...(/^on:/m.test(text) ? [] : ['on: workflow_dispatch']),
    ...(/^jobs:/m.test(text) ? [] : ['jobs: {a: {runs-on: linux, steps: [{run: x}]}}']),
    '',
  ].join('\n')
}

const filterValues: Record<string, string> = {
  types: '[opened]',
  branches: '[main]',
  'branches-ignore': '[main]',
  tags: '[v1]',
  'tags-ignore': '[v1]',
  paths: '[a]',
  'paths-ignore': '[a]',
  names: '[a]',
  versions: '[1.*]',
}

/** Events under which a filter may stand. */
const filterEvents: Record<string, string> = {
  types: 'issues',
  branches: 'push',
  'branches-ignore': 'push',
  tags: 'push',
  'tags-ignore': 'push',
  paths: 'push',
  'paths-ignore': 'push',
  names: 'image_version',
  versions: 'image_version',
}

/** A whole workflow file with this event. */
export function exampleOfEvent(name: string): string {
  const special: Record<string, string> = {
    schedule: "{schedule: [{cron: '0 0 * * *'}]}",
    workflow_run: '{workflow_run: {workflows: [CI]}}',
    workflow_call: 'workflow_call',
  }
  return withDefaults(`on: ${special[name] ?? `{${name}: }`}`)
}

/** A whole workflow file with this filter, named as in the table: `branches`, `schedule[*].cron`. */
export function exampleOfFilter(name: string): string {
  if (name.startsWith('schedule')) {
    return withDefaults("on: {schedule: [{cron: '0 0 * * *', timezone: Europe/Berlin}]}")
  }
  const [, event, key] = /^([a-z_]+)\.([a-z-]+)/.exec(name) ?? []
  if (event === undefined)
    return withDefaults(`on: {${filterEvents[name]}: {${name}: ${filterValues[name]}}}`)
  const value = written[name] ?? filterValues[key ?? ''] ?? '[a]'
  return withDefaults(`on: {${event}: {${key}: ${value}}}`)
}
