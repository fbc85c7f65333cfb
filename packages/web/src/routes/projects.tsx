import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { FilterInput } from '../components/filter-input.tsx'
import { PermittedButton } from '../components/permitted-button.tsx'
import { NeedsYou } from '../features/changes/needs-you.tsx'
import { ProjectCards } from '../features/projects/project-cards.tsx'
import { useTitle } from '../lib/use-title.ts'
import { useFrameVerbs } from '../lib/verbs-context.ts'

const route = getRouteApi('/')

/** `/`: all projects. */
export function ProjectsPage() {
  useTitle('Projects')
  const { q = '' } = route.useSearch()
  const navigate = useNavigate()
  const { giveGoal, addProject } = useFrameVerbs()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Projects</h1>
        <FilterInput
          label="Filter projects"
          value={q}
          onChange={(value) => void navigate({ to: '/', search: { q: value || undefined }, replace: true })}
        />
        <PermittedButton permission="project.create" onClick={addProject}>
          Add a project
        </PermittedButton>
      </div>
      <NeedsYou />
      <ProjectCards filter={q} onRun={giveGoal} onAdd={addProject} />
    </div>
  )
}
