import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { PermittedButton } from '../components/permitted-button.tsx'
import { ChangeList } from '../features/changes/change-list.tsx'
import { useTitle } from '../lib/use-title.ts'
import { useFrameVerbs } from '../lib/verbs-context.ts'

const route = getRouteApi('/changes')

/** `/changes`: all changes, or those of a project. */
export function ChangesPage() {
  const { project, q } = route.useSearch()
  useTitle(project ? `Changes of ${project}` : 'Changes')
  const navigate = useNavigate()
  const { giveGoal } = useFrameVerbs()
  const action = project ? (
    <PermittedButton
      permission="change.write"
      project={project}
      variant="filled"
      onClick={() => giveGoal(project)}
    >
      Give a goal
    </PermittedButton>
  ) : (
    <Link className="link" to="/">
      To the projects
    </Link>
  )
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Changes{project ? <span className="muted"> of {project}</span> : null}</h1>
        <FilterInput
          label="Filter changes"
          value={q ?? ''}
          onChange={(value) =>
            void navigate({ to: '/changes', search: { project, q: value || undefined }, replace: true })
          }
        />
        {project ? (
          <PermittedButton
            permission="change.write"
            project={project}
            variant="filled"
            onClick={() => giveGoal(project)}
            data-testid="goal-button"
          >
            Give a goal
          </PermittedButton>
        ) : null}
      </div>
      <ChangeList project={project} filter={q ?? ''} action={action} />
    </div>
  )
}
