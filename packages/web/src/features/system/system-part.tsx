import type { ReactNode } from 'react'
import { LinkTabs } from '../../components/link-tabs.tsx'
import { systemPlaces, usePlaces } from '../../lib/places.ts'

const account = { to: '/account', name: 'Your account' } as const

/** The frame of the pages about the machine: one title, one bar of links, the part. */
export function SystemPart({ children }: { children: ReactNode }) {
  const places = usePlaces(systemPlaces)
  return (
    <div className="page">
      <div className="page-head">
        <h1>System</h1>
      </div>
      <LinkTabs label="Parts of the system" items={[...places, account]} />
      {children}
    </div>
  )
}
