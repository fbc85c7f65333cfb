import type { WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'

const input = { required: false, description: '', default: null, options: [] }

/** One workflow with an input of each type, one that cannot run, and one that nobody starts by hand. */
export const workflowFiles: WorkflowFileView[] = [
  {
    file: '.github/workflows/release.yml',
    name: 'Release',
    on: ['push', 'workflow_dispatch'],
    jobs: ['build', 'publish'],
    diagnostics: [],
    inputs: [
      { ...input, name: 'version', type: 'string', required: true, description: 'As in 1.4.0.' },
      { ...input, name: 'level', type: 'choice', options: ['patch', 'minor', 'major'], default: 'patch' },
      { ...input, name: 'retries', type: 'number', default: '3', description: 'Of each flaky test.' },
      { ...input, name: 'dry-run', type: 'boolean', default: 'true', description: 'Publish nothing.' },
      { ...input, name: 'target', type: 'environment', default: 'production' },
    ],
  },
  {
    file: '.signalbox/workflows/nightly.yml',
    name: 'nightly.yml',
    on: [],
    jobs: [],
    inputs: [],
    diagnostics: [
      {
        severity: 'error',
        code: 'unknown-key',
        message: 'run-on is not a key of a job',
        hint: 'Did you mean runs-on?',
        line: 4,
        column: 5,
      },
    ],
  },
  {
    file: '.signalbox/workflows/validate.yml',
    name: 'validate.yml',
    on: ['pull_request'],
    jobs: ['validate'],
    inputs: [],
    diagnostics: [],
  },
]
