import { Button, Modal, Switch } from '@mantine/core'
import type { NotificationPreferences } from '@signalbox/core/contract/views/inbox.ts'
import type { NotificationKind } from '@signalbox/core/domain/notification.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Loaded, PageBones, ProblemNote } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { askBrowser, browserAsked } from './tell-browser.ts'

const words: Record<NotificationKind, string> = {
  needs_you: 'A change needs a person',
  failed: 'A deployment failed or was rolled back',
  deployed: 'A change is deployed',
  merged: 'A change is merged',
  answered: 'A goal is answered without a change',
}
const kinds: NotificationKind[] = ['needs_you', 'failed', 'deployed', 'merged', 'answered']

/** Of what a person is told; each choice is kept at once. */
export function PreferencesDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const preferences = useQuery({ ...queries.notificationPreferences(), enabled: open })
  return (
    <Modal opened={open} onClose={onClose} title="What you are told">
      <Loaded query={preferences} bones={<PageBones />}>
        {(data) => <Choices value={data} />}
      </Loaded>
    </Modal>
  )
}

function Choices({ value }: { value: NotificationPreferences }) {
  const cache = useQueryClient()
  const { queryKey } = queries.notificationPreferences()
  const save = useMutation({
    mutationFn: (body: NotificationPreferences) => call('updateNotificationPreferences', { body }),
    onSuccess: (after) => cache.setQueryData(queryKey, after),
  })
  const browser = useMutation({
    mutationFn: askBrowser,
    onSuccess: () => cache.invalidateQueries({ queryKey }),
  })
  const now = save.isPending ? (save.variables ?? value) : value
  return (
    <div className="stack">
      {kinds.map((kind) => (
        <Switch
          key={kind}
          label={words[kind]}
          checked={!now.muted.includes(kind)}
          onChange={(event) => {
            const others = now.muted.filter((each) => each !== kind)
            save.mutate({ ...now, muted: event.currentTarget.checked ? others : [...others, kind] })
          }}
        />
      ))}
      <Switch
        label="Only of changes whose goal I gave"
        checked={now.mineOnly}
        onChange={(event) => save.mutate({ ...now, mineOnly: event.currentTarget.checked })}
      />
      {save.error ? <ProblemNote error={save.error} /> : null}
      <BrowserChoice asked={browserAsked()} onAsk={() => browser.mutate()} />
    </div>
  )
}

function BrowserChoice({ asked, onAsk }: { asked: NotificationPermission | 'none'; onAsk: () => void }) {
  if (asked === 'none') return <p className="muted">This browser shows no notifications of its own.</p>
  if (asked === 'granted')
    return <p className="muted">This browser tells you too while the page is in the background.</p>
  if (asked === 'denied')
    return (
      <p className="muted">This browser was told not to show notifications; its settings can allow them.</p>
    )
  return (
    <div>
      <Button onClick={onAsk}>Tell me in this browser too</Button>
    </div>
  )
}
