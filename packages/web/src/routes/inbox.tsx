import { Button } from '@mantine/core'
import { useState } from 'react'
import { InboxView } from '../features/inbox/inbox-view.tsx'
import { PreferencesDialog } from '../features/inbox/preferences.tsx'
import { useTitle } from '../lib/use-title.ts'

/** `/inbox`: what waits for a person, and what happened. */
export function InboxPage() {
  useTitle('Inbox')
  const [choosing, setChoosing] = useState(false)
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Inbox</h1>
        <Button onClick={() => setChoosing(true)}>What you are told</Button>
      </div>
      <InboxView />
      <PreferencesDialog open={choosing} onClose={() => setChoosing(false)} />
    </div>
  )
}
