import type { Verdicts } from './verdict.ts'

/** Workflow commands: lines of a step's output. */
export const commands: Verdicts = {
  works: ['add-mask', 'stop-commands', 'group', 'endgroup', 'debug', 'notice', 'warning', 'error'],
  differs: {
    echo: 'Lines of commands are always shown.',
    'add-matcher': 'Said in the log to be not built: lines stay as they are.',
    'remove-matcher': 'Does nothing, as there are no matchers.',
  },
  refused: {
    'set-output': 'write to $GITHUB_OUTPUT',
    'save-state': 'write to $GITHUB_STATE',
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
