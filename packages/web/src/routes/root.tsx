import { Outlet, useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { SetupNote } from '../features/account/setup-note.tsx'
import { KeysDialog } from '../features/frame/keys-dialog.tsx'
import { Palette } from '../features/frame/palette.tsx'
import { Sidebar } from '../features/frame/sidebar.tsx'
import { GoalDialog } from '../features/goal/goal-dialog.tsx'
import { NewsToasts } from '../features/inbox/news-toasts.tsx'
import { HealthBanner } from '../features/live/health-banner.tsx'
import { OfflineBanner } from '../features/live/offline-banner.tsx'
import { AddProjectDialog } from '../features/projects/add-project-dialog.tsx'
import { answer, goKeys, moveInList, putAway, useKeys } from '../lib/keys.ts'
import { FrameVerbsContext } from '../lib/verbs-context.ts'
import { useProjectInAddress } from '../lib/where.ts'

/** The frame of every page: sidebar, dialogs that any page may open, keys. */
export function Root() {
  const [dialog, setDialog] = useState<'keys' | 'palette' | 'add' | null>(null)
  const [goalOf, setGoalOf] = useState<string | null>(null)
  const navigate = useNavigate()
  const project = useProjectInAddress()
  const verbs = useMemo(() => ({ giveGoal: setGoalOf, addProject: () => setDialog('add') }), [])
  const close = () => setDialog(null)
  useKeys((meaning, event) => {
    const target = meaning.startsWith('g ') ? goKeys[meaning.slice(2)] : undefined
    if (target) void navigate({ to: target.to })
    else if (meaning === '?') setDialog('keys')
    else if (meaning === 'palette') setDialog('palette')
    else if (meaning === 'j') moveInList(1)
    else if (meaning === 'k') moveInList(-1)
    else if (meaning === 'e' && putAway()) {
      // Read, and on to the next.
    } else if ((meaning === 'y' || meaning === 'n' || meaning === 'a') && answer(meaning)) {
      // Said to what the page asks.
    } else if (meaning === 'n') {
      const card = document.activeElement?.closest('[data-slug]')?.getAttribute('data-slug')
      const only =
        document.querySelectorAll('[data-slug]').length === 1 ? document.querySelector('[data-slug]') : null
      const slug = card ?? project ?? only?.getAttribute('data-slug')
      if (!slug) return
      setGoalOf(slug)
    } else return
    event.preventDefault()
  })
  return (
    <FrameVerbsContext value={verbs}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="frame">
        <Sidebar onKeys={() => setDialog('keys')} onPalette={() => setDialog('palette')} />
        <div className="main">
          <section aria-label="Notices">
            <OfflineBanner />
            <HealthBanner />
            <SetupNote />
          </section>
          <main id="main" tabIndex={-1} style={{ outline: 0 }}>
            <Outlet />
          </main>
        </div>
      </div>
      <NewsToasts />
      <GoalDialog project={goalOf} onClose={() => setGoalOf(null)} />
      <AddProjectDialog open={dialog === 'add'} onClose={close} />
      <KeysDialog open={dialog === 'keys'} onClose={close} />
      <Palette open={dialog === 'palette'} onClose={close} onGoal={setGoalOf} />
    </FrameVerbsContext>
  )
}
