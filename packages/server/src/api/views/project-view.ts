import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ProjectCard, ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import type { CardFacts, SummaryFacts } from '../../db/project-cards.ts'
import { changeSummary } from './change-view.ts'
import { deploymentView } from './deployment-view.ts'

/** A project as its card shows it. */
export function projectCard(
  facts: CardFacts,
  more: { headCommit: string | undefined; newestFacts: SummaryFacts | undefined; ingressPort: number },
): ProjectCard {
  const { project, newestChange, live } = facts
  const { newestFacts, ingressPort } = more
  return {
    id: project.id,
    slug: project.slug,
    name: project.name,
    forge: 'local',
    sample: project.sample,
    defaultBranch: project.default_branch,
    headCommit: more.headCommit ?? null,
    openChanges: facts.openChanges,
    newestChange: newestChange && newestFacts ? changeSummary(newestChange, newestFacts) : null,
    live: live ? deploymentView(live.deployment, { environment: live.environment, ingressPort }) : null,
    recentValidations: facts.recentValidations,
  }
}

/** A project with its settings. */
export function projectDetail(
  card: ProjectCard,
  facts: CardFacts,
  more: { exampleGoals: string[]; publicUrl: string },
): ProjectDetail {
  const { project } = facts
  return {
    ...card,
    originUrl: project.origin_url,
    syncProblem: project.sync_problem,
    sync: project.sync,
    settings: ProjectSettings.parse(project.settings),
    exampleGoals: more.exampleGoals,
    cloneUrl: `${more.publicUrl}/git/${project.slug}.git`,
    fence: project.fence,
  }
}
