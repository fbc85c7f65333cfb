import type { ReactNode } from 'react'
import { LinkTabs } from '../../components/link-tabs.tsx'
import { accountPlaces } from '../../lib/places.ts'

/** The frame of the pages about yourself. */
export function AccountPart({ children }: { children: ReactNode }) {
  return (
    <div className="page">
      <div className="page-head">
        <h1>Your account</h1>
      </div>
      <LinkTabs label="Parts of your account" items={accountPlaces} />
      {children}
    </div>
  )
}
