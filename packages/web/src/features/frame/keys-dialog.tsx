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

/** The keys of the page. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal opened={open} onClose={onClose} title="Keys">
      <dl className="keys">
        {keys.map(([key, meaning]) => (
          <div key={meaning} style={{ display: 'contents' }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
