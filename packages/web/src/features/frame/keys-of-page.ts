import { goKeys } from '../../lib/keys.ts'

/** A key and what it does. */
export type KeyMeaning = readonly [key: string, meaning: string]

const list: KeyMeaning[] = [
  ['j', 'Next in the list'],
  ['k', 'Previous in the list'],
  ['Enter', 'Open it'],
  ['/', 'Filter the list'],
]
const log: KeyMeaning[] = [
  ['j k', 'Next, previous line (d, u: by twenty)'],
  ['g G', 'First, last line; the last one is followed'],
  ['/', 'Find; then n and N to the next and previous hit'],
  ['e', 'Next error; E the one before'],
  ['f', 'Fold or open the step or group'],
  ['Enter', 'Link to the line; with Shift up to it'],
  ['t', 'Times: off, clock, since the start'],
  ['w', 'Wrap long lines'],
]
const answers: KeyMeaning[] = [
  ['y', 'Yes to what it asks, or allow it once: one press goes to the button, another presses it'],
  ['a', 'Allow it always, in the same way'],
  ['n', 'No to what it asks, in the same way; a new goal when it asks nothing'],
]
const tabs: KeyMeaning = ['← →', 'Previous, next tab, when a tab has the focus']

const pages: [path: RegExp, title: string, keys: KeyMeaning[]][] = [
  [
    /^\/$/,
    'On the projects',
    [
      ['j k', 'Next, previous project'],
      ['n', 'A new goal for the project'],
      ['/', 'Filter the projects'],
    ],
  ],
  [
    /^\/inbox/,
    'In the inbox',
    [...list.slice(0, 3), ...answers, ['e', 'Put away: read, and on to the next']],
  ],
  [
    /^\/changes\/./,
    'On a change',
    [
      ...answers,
      ['j k', 'In the diff: next, previous file'],
      ['[ ]', 'In the diff: previous, next hunk'],
      ['c', 'In the diff: comment on the line'],
      ['Ctrl Enter', 'Send what you wrote'],
    ],
  ],
  [/^\/runs\/./, 'In the log of a run', [...log, tabs]],
  [/^\/(changes|runs|environments)/, 'In a list', [...list, ['n', 'A new goal for the project']]],
  [/^\/projects\/[^/]+\/settings/, 'In the settings', [['Ctrl S', 'Save the settings'], tabs]],
  [/^\/system\/audit/, 'In the audit log', list],
]

/** The keys that only the page at this address has; null when it has none of its own. */
export function keysOfPage(pathname: string): { title: string; keys: KeyMeaning[] } | null {
  const found = pages.find(([path]) => path.test(pathname))
  return found ? { title: found[1], keys: found[2] } : null
}

/** The keys that every page has. */
export const keysEverywhere: KeyMeaning[] = [
  ['Ctrl K', 'Go to any object, page or verb'],
  ...Object.entries(goKeys).map(([key, { name }]): KeyMeaning => [`g ${key}`, name]),
  ['?', 'The keys of the page'],
]
