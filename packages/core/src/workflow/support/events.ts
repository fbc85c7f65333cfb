import type { Verdicts } from './verdict.ts'

const neverHappens =
  'Parsed with its filters; nothing on a server here sends it. `signalbox run --event` and `signalbox plan` take it.'

/** Events under `on:`. */
export const events: Verdicts = {
  works: ['workflow_dispatch', 'workflow_call', 'create', 'delete', 'repository_dispatch'],
  differs: {
    pull_request:
      'Sends opened, synchronize (when the base moves, too) and closed; without secrets until it landed.',
    pull_request_target: 'Sends opened, synchronize (when the base moves, too) and closed.',
    push: 'Not for commits that the platform makes for an agent, nor for tags, which its forge does not take.',
    schedule:
      'From the first move of the default branch after an import; what a stopped server missed is not made up for.',
    workflow_run: 'Sends completed.',
    branch_protection_rule: neverHappens,
    check_run: neverHappens,
    check_suite: neverHappens,
    deployment: neverHappens,
    deployment_status: neverHappens,
    discussion: neverHappens,
    discussion_comment: neverHappens,
    fork: neverHappens,
    gollum: neverHappens,
    image_version: neverHappens,
    issue_comment: neverHappens,
    issues: neverHappens,
    label: neverHappens,
    merge_group: neverHappens,
    milestone: neverHappens,
    page_build: neverHappens,
    project: neverHappens,
    project_card: neverHappens,
    project_column: neverHappens,
    public: neverHappens,
    pull_request_comment: neverHappens,
    pull_request_review: neverHappens,
    pull_request_review_comment: neverHappens,
    registry_package: neverHappens,
    release: neverHappens,
    status: neverHappens,
    watch: neverHappens,
  },
  refused: {},
}

/** What may stand under an event: `branches`, or `push.branches` where one event is different from the others. */
export const filters: Verdicts = {
  works: [
    'workflow_dispatch.inputs',
    'workflow_dispatch.inputs.<input_id>.description',
    'workflow_dispatch.inputs.<input_id>.type',
    'workflow_dispatch.inputs.<input_id>.required',
    'workflow_dispatch.inputs.<input_id>.default',
    'workflow_dispatch.inputs.<input_id>.options',
    'schedule[*].cron',
    'schedule[*].timezone',
    'workflow_call.inputs',
    'workflow_call.inputs.<input_id>.description',
    'workflow_call.inputs.<input_id>.type',
    'workflow_call.inputs.<input_id>.required',
    'workflow_call.inputs.<input_id>.default',
    'workflow_call.secrets',
    'workflow_call.secrets.<secret_id>.description',
    'workflow_call.secrets.<secret_id>.required',
    'workflow_call.outputs',
    'workflow_call.outputs.<output_id>.description',
    'workflow_call.outputs.<output_id>.value',
    'workflow_run.workflows',
    'types',
    'branches',
    'branches-ignore',
    'tags',
    'tags-ignore',
    'paths',
    'paths-ignore',
    'names',
    'versions',
  ],
  differs: {},
  refused: {},
}
