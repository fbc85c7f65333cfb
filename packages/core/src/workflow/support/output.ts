import type { Verdicts } from './verdict.ts'

/** Workflow commands: lines of a step's output. */
export const commands: Verdicts = {
  works: [
    'add-mask',
    'stop-commands',
    'echo',
    'group',
    'endgroup',
    'debug',
    'notice',
    'warning',
    'error',
    'remove-matcher',
    'set-output',
    'save-state',
  ],
  differs: {
    'add-matcher':
      'Expressions that look ahead or refer back are left out with a warning; lines of more than 4096 characters are not read.',
  },
  refused: {
    'set-env': 'write to $GITHUB_ENV',
    'add-path': 'write to $GITHUB_PATH',
  },
}

/** Files by which a step hands something on. */
export const files: Verdicts = {
  works: ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'],
  differs: {},
  refused: {},
}

/** Words that `shell:` knows. */
export const shells: Verdicts = {
  works: ['bash', 'sh', 'python', 'pwsh'],
  differs: { node: 'More than GitHub has: `node {0}`.' },
  refused: {
    cmd: 'Jobs run in a Linux sandbox; use bash, sh, python, node or pwsh.',
    powershell: 'Jobs run in a Linux sandbox; use bash, sh, python, node or pwsh.',
  },
}
