import { z } from 'zod'
import { ProjectSettings } from '../settings.ts'
import { DiagnosticView, ProjectCard, ProjectDetail } from '../views/projects.ts'
import { none, project, type Route } from './route.ts'

export const CreateProject = z.object({
  /** A path on the server's machine, or an https or ssh URL. */
  source: z.string().min(1).max(2000),
  name: z.string().min(1).max(80).optional(),
  sync: z.boolean().default(false),
})

export const projectsRoutes = {
  listProjects: {
    method: 'GET',
    path: '/api/projects',
    permission: 'project.read',
    acrossProjects: true,
    tag: 'projects',
    summary: 'The projects that you see, as cards.',
    response: z.object({ items: z.array(ProjectCard) }),
  },
  createProject: {
    method: 'POST',
    path: '/api/projects',
    permission: 'project.create',
    tag: 'projects',
    summary: 'Mirror a repository and make it a project.',
    body: CreateProject,
    response: ProjectDetail,
  },
  getProject: {
    method: 'GET',
    path: '/api/projects/:project',
    permission: 'project.read',
    tag: 'projects',
    summary: 'One project with its settings.',
    params: project,
    response: ProjectDetail,
  },
  updateProject: {
    method: 'PATCH',
    path: '/api/projects/:project',
    permission: 'project.write',
    tag: 'projects',
    summary: 'Replace name or settings; refused when the fence is not the current one.',
    params: project,
    body: z.object({
      fence: z.int(),
      name: z.string().min(1).max(80).optional(),
      settings: ProjectSettings.optional(),
    }),
    response: ProjectDetail,
  },
  deleteProject: {
    method: 'DELETE',
    path: '/api/projects/:project',
    permission: 'project.delete',
    tag: 'projects',
    summary: 'Take a project off; its live release is stopped. Name it to confirm.',
    params: project,
    body: z.object({ confirm: z.string() }),
    response: none,
  },
  getValidationWorkflow: {
    method: 'GET',
    path: '/api/projects/:project/validation-workflow',
    permission: 'project.read',
    tag: 'projects',
    summary: 'The workflow by which pull requests are proven, as YAML, and what is wrong with it.',
    params: project,
    response: z.object({
      file: z.string(),
      text: z.string(),
      source: z.enum(['generated', 'repository']),
      diagnostics: z.array(DiagnosticView),
    }),
  },
} as const satisfies Record<string, Route>
