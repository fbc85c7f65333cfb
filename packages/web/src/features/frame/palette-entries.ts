import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { goKeys } from '../../lib/keys.ts'
import { matches } from '../../lib/match.ts'
import { accountPlaces, systemPlaces, usePlaces } from '../../lib/places.ts'
import { queries } from '../../lib/queries.ts'
import { settingsTabs, tabTitles } from '../../lib/settings-tabs.ts'

export interface Entry {
  key: string
  label: string
  kind: string
  go: () => void
}

const shownAtMost = 24
const typedForMs = 120

/** What the typed text may mean: pages and verbs at once, objects of the server as they are found. */
export function useEntries(text: string, onGoal: (slug: string) => void): Entry[] {
  const navigate = useNavigate()
  const [typed] = useDebouncedValue(text.trim(), typedForMs)
  const found = useQuery({
    ...queries.search(typed),
    enabled: typed !== '',
    placeholderData: (before) => before,
  })
  const places = usePlaces([...systemPlaces, ...accountPlaces])
  const projects = useQuery(queries.projects()).data ?? []
  const inbox = useQuery(queries.inbox()).data?.waiting ?? []
  const known: Entry[] = [
    ...inbox.map((change) => ({
      key: change.id,
      label: `#${change.number} ${change.title}`,
      kind: `waits for you · ${change.projectSlug}`,
      go: () => void navigate({ to: '/changes/$id', params: { id: change.id } }),
    })),
    ...Object.entries(goKeys).map(([key, { to, name }]) => ({
      key: `page ${key}`,
      label: name,
      kind: `page · g ${key}`,
      go: () => void navigate({ to }),
    })),
    ...places.map(({ to, words }) => ({
      key: `place ${to}`,
      label: words,
      kind: 'page',
      go: () => void navigate({ to }),
    })),
    ...projects.flatMap((project) => verbsOf(project, navigate, onGoal)),
  ].filter((entry) => matches(text, entry.label, entry.kind))
  const objects: Entry[] =
    text.trim() === ''
      ? []
      : (found.data?.items ?? []).map((item) => ({
          key: item.id,
          label: item.label,
          kind: `${item.kind}${item.kind === 'project' ? '' : ` · ${item.projectSlug}`}${item.state ? ` · ${item.state.replaceAll('_', ' ')}` : ''}`,
          go: () => {
            if (item.kind === 'project')
              void navigate({ to: '/changes', search: { project: item.projectSlug } })
            else
              void navigate({
                to: item.kind === 'run' ? '/runs/$id' : '/changes/$id',
                params: { id: item.id },
              })
          },
        }))
  const seen = new Set(known.map((entry) => entry.key))
  return [
    ...known.slice(0, text ? 12 : shownAtMost),
    ...objects.filter((entry) => !seen.has(entry.key)),
  ].slice(0, shownAtMost)
}

function verbsOf(
  project: { id: string; slug: string; name: string },
  navigate: ReturnType<typeof useNavigate>,
  onGoal: (slug: string) => void,
): Entry[] {
  const search = { project: project.slug }
  return [
    {
      key: `goal ${project.id}`,
      label: `Give ${project.name} a goal`,
      kind: 'verb',
      go: () => onGoal(project.slug),
    },
    {
      key: `workflow ${project.id}`,
      label: `Run a workflow of ${project.name}`,
      kind: 'verb',
      go: () => void navigate({ to: '/runs', search: { ...search, start: true } }),
    },
    {
      key: project.id,
      label: `Changes of ${project.name}`,
      kind: 'project',
      go: () => void navigate({ to: '/changes', search }),
    },
    {
      key: `runs ${project.id}`,
      label: `Runs of ${project.name}`,
      kind: 'project',
      go: () => void navigate({ to: '/runs', search }),
    },
    {
      key: `insights ${project.id}`,
      label: `Insights of ${project.name}: success, durations, common errors`,
      kind: 'project',
      go: () => void navigate({ to: '/insights', search }),
    },
    {
      key: `environments ${project.id}`,
      label: `Environments of ${project.name}: deploy or roll back`,
      kind: 'project',
      go: () => void navigate({ to: '/environments', search }),
    },
    ...settingsTabs.map((tab) => ({
      key: `settings ${tab} ${project.id}`,
      label: `Settings of ${project.name}: ${tabTitles[tab].toLowerCase()}`,
      kind: 'project',
      go: () =>
        void navigate({
          to: '/projects/$slug/settings',
          params: { slug: project.slug },
          search: { tab },
        }),
    })),
  ]
}
