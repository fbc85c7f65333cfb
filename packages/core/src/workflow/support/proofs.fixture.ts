/** A test that shows what a key does, beyond being read: a file of this repository and words of a test's name. */
export interface Proof {
  test: string
  name: string
}

const at =
  (test: string) =>
  (name: string): Proof => ({ test, name })
const job = at('packages/engine/src/job/run-job.sandbox.test.ts')
const stop = at('packages/engine/src/job/run-job-stop.sandbox.test.ts')
const language = at('packages/engine/src/job/run-language.sandbox.test.ts')
const run = at('packages/engine/src/job/run-workflow.sandbox.test.ts')
const beside = at('packages/engine/src/job/steps/background.sandbox.test.ts')
const plan = at('packages/core/src/plan/plan-jobs.test.ts')
const legs = at('packages/core/src/plan/plan-legs.test.ts')
const matrix = at('packages/core/src/plan/expand-matrix.test.ts')
const names = at('packages/core/src/plan/leg-names.test.ts')
const calls = at('packages/core/src/plan/plan-calls.test.ts')
const parsed = at('packages/core/src/workflow/support/table.test.ts')
const inputs = at('packages/core/src/workflow/resolve-inputs.test.ts')

const identity = at('packages/core/src/plan/grants-id-token.test.ts')
const environments = at('packages/server/src/flows/runs/environment-rules.db.test.ts')
const refusals = at('packages/core/src/workflow/read/refusals.test.ts')
const machines = at('packages/server/src/flows/runs/machines.db.test.ts')
const groups = at('packages/server/src/flows/runs/groups.db.test.ts')

const environment = job('prefers the step, then GITHUB_ENV, then the job, then the workflow')
const defaults = language('takes shell and folder from the step, then the job, then the workflow')
const skips = job('skips after a failure, except what asks for it')
const outcome = job('tells outcome from conclusion and hands outputs on')
const order = run('runs jobs in the order of their needs with what they hand on')

/** By key; a key below another one is shown with it where it has no test of its own. */
export const proofs: Readonly<Record<string, Proof>> = {
  name: names('is left to the workflow where there is none'),
  description: parsed('every word of GitHub’s schema is in the table'),
  'run-name': names('is evaluated and put on one line'),
  on: inputs('fills in defaults and gives each input its type'),
  env: environment,
  permissions: identity('of a workflow that says'),
  'jobs.<job_id>.permissions': identity('of a workflow that says'),
  defaults,
  concurrency: groups('one run of a group is under way; a newer one takes the place of the one that waits'),
  'concurrency.cancel-in-progress': groups('cancel-in-progress asks the one that runs to stop'),
  'concurrency.queue': groups('with queue: max all wait in their order'),
  jobs: order,
  'jobs.<job_id>.name': names('is evaluated, and stands as written where it cannot be'),
  'jobs.<job_id>.needs': order,
  'jobs.<job_id>.if': plan('reads needs and github in conditions'),
  'jobs.<job_id>.runs-on': machines('what only some may take goes to the queue of their kind'),
  'jobs.<job_id>.runs-on.group': machines('a group of workers is found by its name'),
  'jobs.<job_id>.env': environment,
  'jobs.<job_id>.outputs': order,
  'jobs.<job_id>.timeout-minutes': stop('ends a job that takes too long, and still runs what must run'),
  'jobs.<job_id>.continue-on-error': plan('forgives with continue-on-error'),
  'jobs.<job_id>.strategy': run('makes a job of each combination of a matrix'),
  'jobs.<job_id>.strategy.matrix.include': matrix("includes as in GitHub's own example"),
  'jobs.<job_id>.strategy.matrix.exclude': matrix('takes away before it adds'),
  'jobs.<job_id>.strategy.fail-fast': legs('end with the first that fails, unless that one may fail'),
  'jobs.<job_id>.strategy.max-parallel': legs('start only so many at once'),
  'jobs.<job_id>.concurrency': groups('jobs of different runs share a group, and say whom they wait for'),
  'jobs.<job_id>.concurrency.cancel-in-progress': run('cancel-in-progress ends the job that runs'),
  'jobs.<job_id>.concurrency.queue': groups('twenty jobs whose turn comes at once: never two hold the group'),
  'jobs.<job_id>.environment': environments('a job waits for the approvals of its environment'),
  'jobs.<job_id>.environment.url': environments('the url of an environment is stored'),
  'jobs.<job_id>.environment.deployment': refusals('environment: {name: production, deployment: false}'),
  'jobs.<job_id>.defaults': defaults,
  'jobs.<job_id>.uses': run('runs the jobs of a called workflow'),
  'jobs.<job_id>.with': calls('have the type that the called workflow declares'),
  'jobs.<job_id>.secrets': run('hands on only the secrets that a call names'),
  'jobs.<job_id>.steps': order,
  'jobs.<job_id>.steps[*].id': outcome,
  'jobs.<job_id>.steps[*].name': language('runs composite actions with inputs, outputs, scopes'),
  'jobs.<job_id>.steps[*].if': skips,
  'jobs.<job_id>.steps[*].env': environment,
  'jobs.<job_id>.steps[*].run': job('are the command lines of GitHub: no pipefail without shell'),
  'jobs.<job_id>.steps[*].shell': language('runs python, node and a command line'),
  'jobs.<job_id>.steps[*].working-directory': defaults,
  'jobs.<job_id>.steps[*].uses': language('runs composite actions with inputs, outputs, scopes'),
  'jobs.<job_id>.steps[*].with': language('runs JavaScript actions with inputs, state, outputs'),
  'jobs.<job_id>.steps[*].continue-on-error': outcome,
  'jobs.<job_id>.steps[*].timeout-minutes': stop('ends a step that takes too long with all of its processes'),
  'jobs.<job_id>.steps[*].background': beside('run beside the next ones, each with a log of its own'),
  'jobs.<job_id>.steps[*].wait': beside('hand on what they made when they are waited for'),
  'jobs.<job_id>.steps[*].wait-all': beside('fail the job where they are waited for'),
  'jobs.<job_id>.steps[*].cancel': beside('end with all of their processes when they are cancelled'),
  'jobs.<job_id>.steps[*].parallel': beside('of a group run at once, and the next one waits for all'),
}

/** The test that shows a key: its own, or that of the nearest key above it. */
export function proofOf(key: string): Proof | undefined {
  for (let path = key; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const found = proofs[path]
    if (found) return found
  }
  return undefined
}
