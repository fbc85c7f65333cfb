import { z } from 'zod'
import { ProjectSettings } from './settings.ts'
import {
  ChangeDetail,
  ChangeSummary,
  DeploymentView,
  DiagnosticView,
  EgressRequest,
  Health,
  LogPage,
  ProjectCard,
  ProjectDetail,
  RunDetail,
  RunSummary,
  SessionView,
  SystemView,
} from './views.ts'

/** Who may call a route. `public` needs no sign-in; all others need one. */
export const permissions = [
  'public',
  'session.read',
  'system.read',
  'token.write',
  'project.read',
  'project.write',
  'change.read',
  'change.write',
  'change.approve',
  'run.read',
  'run.write',
  'deployment.read',
  'deployment.write',
] as const
export type Permission = (typeof permissions)[number]

/** One route: everything that server, client, CLI and the OpenAPI page need to know. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With `:name` parameters. */
  path: string
  permission: Permission
  summary: string
  tag: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
}

const changeId = z.object({ change: z.uuid() })
const runId = z.object({ run: z.uuid() })
const jobId = z.object({ job: z.uuid() })
const deploymentId = z.object({ deployment: z.uuid() })
/** A project by slug or id. */
const project = z.object({ project: z.string().min(1).max(100) })
const none = z.object({})
const limit = z.coerce.number().int().min(1).max(200).default(50)

export const CreateProject = z.object({
  /** A path on the server's machine, or an https or ssh URL. */
  source: z.string().min(1).max(2000),
  name: z.string().min(1).max(80).optional(),
  sync: z.boolean().default(false),
})
export const CreateChange = z.object({
  goal: z.string().trim().min(1).max(20_000),
  /** `auto`: whatever the agent does. `plan`: first a plan to confirm. */
  mode: z.enum(['auto', 'plan']).default('auto'),
})

/** Every route of the HTTP API, by the name of its operation. */
export const routes = {
  health: {
    method: 'GET',
    path: '/health',
    permission: 'public',
    tag: 'system',
    summary: 'Whether database, queue, worker and ingress are well.',
    response: Health,
  },
  createSession: {
    method: 'POST',
    path: '/api/session',
    permission: 'public',
    tag: 'session',
    summary: 'Exchange a single-use token for a session cookie.',
    body: z.object({ token: z.string().min(1).max(200) }),
    response: SessionView,
  },
  getSession: {
    method: 'GET',
    path: '/api/session',
    permission: 'session.read',
    tag: 'session',
    summary: 'Who is signed in, and the token that writes must carry.',
    response: SessionView,
  },
  deleteSession: {
    method: 'DELETE',
    path: '/api/session',
    permission: 'session.read',
    tag: 'session',
    summary: 'Sign out.',
    response: none,
  },
  createLoginToken: {
    method: 'POST',
    path: '/api/login-tokens',
    permission: 'token.write',
    tag: 'session',
    summary: 'Make a single-use sign-in token, good for 10 minutes.',
    response: z.object({ token: z.string(), url: z.string(), expiresAt: z.iso.datetime() }),
  },
  getSystem: {
    method: 'GET',
    path: '/api/system',
    permission: 'system.read',
    tag: 'system',
    summary: 'What runs here, what is enforced and what is not.',
    response: SystemView,
  },
  listProjects: {
    method: 'GET',
    path: '/api/projects',
    permission: 'project.read',
    tag: 'projects',
    summary: 'All projects, as cards.',
    response: z.object({ items: z.array(ProjectCard) }),
  },
  createProject: {
    method: 'POST',
    path: '/api/projects',
    permission: 'project.write',
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
    permission: 'project.write',
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
  createChange: {
    method: 'POST',
    path: '/api/projects/:project/changes',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Give a goal: an agent starts to work on it.',
    params: project,
    body: CreateChange,
    response: ChangeDetail,
  },
  listChanges: {
    method: 'GET',
    path: '/api/changes',
    permission: 'change.read',
    tag: 'changes',
    summary: 'Changes, newest first.',
    query: z.object({
      project: z.string().optional(),
      open: z.enum(['true', 'false']).optional(),
      before: z.uuid().optional(),
      limit,
    }),
    response: z.object({ items: z.array(ChangeSummary), next: z.uuid().nullable() }),
  },
  getChange: {
    method: 'GET',
    path: '/api/changes/:change',
    permission: 'change.read',
    tag: 'changes',
    summary: 'One change with conversation, pull request, evidence, gate and deployment.',
    params: changeId,
    response: ChangeDetail,
  },
  getChangeDiff: {
    method: 'GET',
    path: '/api/changes/:change/diff',
    permission: 'change.read',
    tag: 'changes',
    summary: 'The pull request as a unified diff, cut at 1 MB.',
    params: changeId,
    response: z.object({ diff: z.string(), truncated: z.boolean() }),
  },
  sendMessage: {
    method: 'POST',
    path: '/api/changes/:change/messages',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Say something to the agent; it goes on in the same conversation.',
    params: changeId,
    body: z.object({ text: z.string().trim().min(1).max(20_000) }),
    response: ChangeDetail,
  },
  decidePlan: {
    method: 'POST',
    path: '/api/changes/:change/plan',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Confirm, change or reject the plan.',
    params: changeId,
    body: z.discriminatedUnion('decision', [
      z.object({ decision: z.literal('confirm') }),
      z.object({ decision: z.literal('change'), text: z.string().trim().min(1).max(20_000) }),
      z.object({ decision: z.literal('reject'), text: z.string().max(2000).optional() }),
    ]),
    response: ChangeDetail,
  },
  approveChange: {
    method: 'POST',
    path: '/api/changes/:change/approve',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Allow this head commit to edit workflows, gates or policy.',
    params: changeId,
    body: z.object({ commit: z.string().regex(/^[0-9a-f]{40,64}$/) }),
    response: ChangeDetail,
  },
  mergeChange: {
    method: 'POST',
    path: '/api/changes/:change/merge',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Land the validated commit.',
    params: changeId,
    response: ChangeDetail,
  },
  retryChange: {
    method: 'POST',
    path: '/api/changes/:change/retry',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Validate the pull request again.',
    params: changeId,
    response: ChangeDetail,
  },
  cancelChange: {
    method: 'POST',
    path: '/api/changes/:change/cancel',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Stop everything that runs for it and close its pull request.',
    params: changeId,
    response: ChangeDetail,
  },
  listRuns: {
    method: 'GET',
    path: '/api/runs',
    permission: 'run.read',
    tag: 'runs',
    summary: 'Runs, newest first.',
    query: z.object({ project: z.string().optional(), before: z.uuid().optional(), limit }),
    response: z.object({ items: z.array(RunSummary), next: z.uuid().nullable() }),
  },
  createRun: {
    method: 'POST',
    path: '/api/projects/:project/runs',
    permission: 'run.write',
    tag: 'runs',
    summary: 'Run a workflow of the default branch.',
    params: project,
    body: z.object({ workflow: z.string().min(1).max(500) }),
    response: RunDetail,
  },
  getRun: {
    method: 'GET',
    path: '/api/runs/:run',
    permission: 'run.read',
    tag: 'runs',
    summary: 'One run with its jobs, steps and workflow.',
    params: runId,
    response: RunDetail,
  },
  cancelRun: {
    method: 'POST',
    path: '/api/runs/:run/cancel',
    permission: 'run.write',
    tag: 'runs',
    summary: 'End the run with its whole process tree.',
    params: runId,
    response: RunDetail,
  },
  getJobLog: {
    method: 'GET',
    path: '/api/jobs/:job/log',
    permission: 'run.read',
    tag: 'runs',
    summary: 'Lines of the newest attempt (or another) after a line number.',
    params: jobId,
    query: z.object({
      attempt: z.coerce.number().int().min(1).optional(),
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(5000).default(1000),
    }),
    response: LogPage,
  },
  listEgress: {
    method: 'GET',
    path: '/api/jobs/:job/egress',
    permission: 'run.read',
    tag: 'runs',
    summary: 'Every request that the job made through the proxy.',
    params: jobId,
    response: z.object({ items: z.array(EgressRequest) }),
  },
  listDeployments: {
    method: 'GET',
    path: '/api/projects/:project/deployments',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'Deployments, newest first.',
    params: project,
    response: z.object({ items: z.array(DeploymentView) }),
  },
  createDeployment: {
    method: 'POST',
    path: '/api/projects/:project/deployments',
    permission: 'deployment.write',
    tag: 'deployments',
    summary: 'Deploy the head of the default branch.',
    params: project,
    response: DeploymentView,
  },
  getDeployment: {
    method: 'GET',
    path: '/api/deployments/:deployment',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'One deployment.',
    params: deploymentId,
    response: DeploymentView,
  },
  rollbackTo: {
    method: 'POST',
    path: '/api/deployments/:deployment/rollback',
    permission: 'deployment.write',
    tag: 'deployments',
    summary: 'Send the traffic back to this kept release.',
    params: deploymentId,
    response: DeploymentView,
  },
  getReleaseOutput: {
    method: 'GET',
    path: '/api/deployments/:deployment/output',
    permission: 'deployment.read',
    tag: 'deployments',
    summary: 'The last output of the release.',
    params: deploymentId,
    response: z.object({ text: z.string() }),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined
type InferIn<T> = T extends z.ZodType ? z.input<T> : undefined

/** What a caller hands to a route. */
export interface RouteInput<N extends RouteName> {
  params: Routes[N] extends { params: infer P } ? InferIn<P> : undefined
  query: Routes[N] extends { query: infer Q } ? InferIn<Q> : undefined
  body: Routes[N] extends { body: infer B } ? InferIn<B> : undefined
}

/** What a handler gets, parsed. */
export interface RouteRequest<N extends RouteName> {
  params: Routes[N] extends { params: infer P } ? Infer<P> : undefined
  query: Routes[N] extends { query: infer Q } ? Infer<Q> : undefined
  body: Routes[N] extends { body: infer B } ? Infer<B> : undefined
}

export type RouteResponse<N extends RouteName> = Infer<Routes[N]['response']>
