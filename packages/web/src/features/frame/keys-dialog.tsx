import { Modal } from '@mantine/core'
import { goKeys } from '../../lib/keys.ts'

const keys: [string, string][] = [
  ['Ctrl K', 'Go to any object or page'],
  ...Object.entries(goKeys).map(([key, { name }]): [string, string] => [`g ${key}`, name]),
  ['j', 'Next in the list'],
  ['k', 'Previous in the list'],
  ['Enter', 'Open it'],
  ['e', 'Put away: read, in the inbox'],
  ['/', 'Filter the list'],
  ['y', 'Yes to what a change asks: once to go to the button, again to press it'],
  ['n', 'No to what a change asks, in the same way'],
  ['n', 'Else a new goal, on a project card or page'],
  ['Ctrl Enter', 'Send what you wrote'],
  ['?', 'This page of keys'],
]

const logKeys: [string, string][] = [
  ['j k', 'Next, previous line (d, u: by twenty)'],
  ['g G', 'First, last line; the last one is followed'],
  ['/', 'Find; then n and N to the next and previous hit'],
  ['e', 'Next error; E the one before'],
  ['f', 'Fold or open the step or group'],
  ['Enter', 'Link to the line; with Shift up to it'],
  ['t', 'Times: off, clock, since the start'],
  ['w', 'Wrap long lines'],
]

/** The keys of the page. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal opened={open} onClose={onClose} title="Keys">
      <Keys keys={keys} />
      <h3 style={{ margin: '16px 0 8px' }}>In a log</h3>
      <Keys keys={logKeys} />
    </Modal>
  )
}

function Keys({ keys: shown }: { keys: [string, string][] }) {
  return (
    <dl className="keys">
      {shown.map(([key, meaning]) => (
        <div key={meaning} style={{ display: 'contents' }}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  )
}
