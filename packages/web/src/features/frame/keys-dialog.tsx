import { Modal } from '@mantine/core'
import { useLocation } from '@tanstack/react-router'
import { type KeyMeaning, keysEverywhere, keysOfPage } from './keys-of-page.ts'

/** The keys of the page that is shown, then those of every page. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const pathname = useLocation({ select: (location) => location.pathname })
  const own = keysOfPage(pathname)
  return (
    <Modal opened={open} onClose={onClose} title="Keys">
      {own ? (
        <>
          <h3 style={{ marginBottom: 8 }}>{own.title}</h3>
          <Keys keys={own.keys} />
          <h3 style={{ margin: '16px 0 8px' }}>Everywhere</h3>
        </>
      ) : null}
      <Keys keys={keysEverywhere} />
    </Modal>
  )
}

function Keys({ keys: shown }: { keys: readonly KeyMeaning[] }) {
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
