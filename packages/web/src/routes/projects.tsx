import { Button } from '@mantine/core'
import { ProjectCards } from '../features/projects/project-cards.tsx'
import { useFrameVerbs } from '../lib/verbs-context.ts'

/** `/`: all projects. */
export function ProjectsPage() {
  const { giveGoal, addProject } = useFrameVerbs()
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="grow">Projects</h1>
        <Button onClick={addProject}>Add a project</Button>
      </div>
      <ProjectCards onRun={giveGoal} onAdd={addProject} />
    </div>
  )
}
