import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { MembersView } from '../features/people/members-view.tsx'
import { SettingsView } from '../features/settings/settings-view.tsx'
import { useTitle } from '../lib/use-title.ts'

const route = getRouteApi('/projects/$slug/settings')

/** `/projects/$slug/settings`: the settings of a project. */
export function SettingsPage() {
  const { slug } = route.useParams()
  const { tab } = route.useSearch()
  useTitle(`Settings of ${slug}`)
  const navigate = useNavigate()
  return (
    <div className="page">
      <SettingsView
        key={slug}
        slug={slug}
        tab={tab ?? 'general'}
        members={<MembersView slug={slug} />}
        onTab={(next) =>
          void navigate({
            to: '/projects/$slug/settings',
            params: { slug },
            search: { tab: next },
            replace: true,
            resetScroll: false,
          })
        }
      />
    </div>
  )
}
