import { PermittedButton } from '../components/permitted-button.tsx'
import { NeedsYou } from '../features/changes/needs-you.tsx'
import { ProjectCards } from '../features/projects/project-cards.tsx'
import { useTitle } from '../lib/use-title.ts'
import { useFrameVerbs } from '../lib/verbs-context.ts'

/** `/`: all projects. */
export function ProjectsPage() {
  useTitle('Projects')
  const { giveGoal, addProject } = useFrameVerbs()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Projects</h1>
        <PermittedButton permission="project.create" onClick={addProject}>
          Add a project
        </PermittedButton>
      </div>
      <NeedsYou />
      <ProjectCards onRun={giveGoal} onAdd={addProject} />
    </div>
  )
}
