import type { Verdicts } from './verdict.ts'

/** Contexts of expressions. */
export const contexts: Verdicts = {
  works: ['env', 'vars', 'needs', 'steps', 'inputs', 'secrets', 'strategy', 'matrix', 'jobs'],
  differs: {
    github: 'Without token, and with the event that Signalbox knows.',
    job: 'Its status, container and services; a network is named as `container:ID`.',
    runner: 'The sandbox: its name is signalbox, its environment self-hosted.',
  },
  refused: {},
}

/** Functions of expressions. */
export const functions: Verdicts = {
  works: [
    'contains',
    'startsWith',
    'endsWith',
    'format',
    'join',
    'toJSON',
    'fromJSON',
    'case',
    'hashFiles',
    'success',
    'always',
    'cancelled',
    'failure',
  ],
  differs: {},
  refused: {},
}
