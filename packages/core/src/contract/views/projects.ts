import { z } from 'zod'
import { ProjectSettings } from '../settings.ts'
import { ChangeSummary } from './changes.ts'
import { DeploymentView } from './deployments.ts'
import { id } from './wire.ts'

/** A project as its card shows it. */
export const ProjectCard = z.object({
  id,
  slug: z.string(),
  name: z.string(),
  forge: z.literal('local'),
  sample: z.boolean(),
  defaultBranch: z.string(),
  /** Undefined commit: the repository is empty. */
  headCommit: z.string().nullable(),
  openChanges: z.int(),
  newestChange: ChangeSummary.nullable(),
  live: DeploymentView.nullable(),
  /** Newest completed validations, oldest first: whether each was green. */
  recentValidations: z.array(z.boolean()),
})
export type ProjectCard = z.infer<typeof ProjectCard>

export const ProjectDetail = ProjectCard.extend({
  originUrl: z.string().nullable(),
  sync: z.boolean(),
  /** What keeps the project and its origin apart, when something does. */
  syncProblem: z.string().nullable(),
  settings: ProjectSettings,
  /** Suggested goals of the sample's script; empty elsewhere. */
  exampleGoals: z.array(z.string()),
  cloneUrl: z.string(),
  fence: z.int(),
})
export type ProjectDetail = z.infer<typeof ProjectDetail>

export const DiagnosticView = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  file: z.string(),
  start: z.object({ line: z.int(), column: z.int() }),
  end: z.object({ line: z.int(), column: z.int() }).optional(),
})
