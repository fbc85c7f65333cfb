import { z } from 'zod'
import { toolKinds } from '../base/tool-kind.ts'
import { notificationKinds } from '../domain/notification.ts'
import { permissionPolicies, permissionRules } from '../domain/permission.ts'

const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a name of letters, digits and _')
const command = z.string().trim().max(4000)

/** How a project's pull requests are proven. Commands run in bash in the sandbox. */
export const ValidationSettings = z.object({
  installCommand: command.default(''),
  buildCommand: command.default(''),
  testCommand: command.default(''),
  startCommand: command.default(''),
  healthCheckPath: z
    .string()
    .regex(/^\/[^\s]*$/, 'a path that starts with /')
    .max(500)
    .default('/health'),
  port: z.int().min(1).max(65535).default(3000),
  environmentVariables: z.record(envName, z.string().max(8000)).default({}),
  timeoutMinutes: z.int().min(1).max(360).default(30),
  maxRetries: z.int().min(0).max(10).default(3),
  retryBackoffSeconds: z.number().min(0).max(3600).default(2),
  /** Whether the result of the install is kept and restored while its inputs stay the same. */
  snapshots: z.boolean().default(true),
  /** Files, folders or globs that the install reads beside lockfile and manifests. */
  installInputs: z.array(z.string().trim().min(1).max(300)).max(100).default([]),
  requiredChecks: z.array(z.string().min(1).max(100)).max(50).default(['validate']),
})
export type ValidationSettings = z.infer<typeof ValidationSettings>

/** Who serves models; the keys are given to the worker, never to a sandbox. */
export const modelProviders = ['anthropic', 'openai', 'gemini'] as const
export type ModelProvider = (typeof modelProviders)[number]

/** Which agent works, and how far it may go alone. */
export const AgentSettings = z.object({
  driver: z.enum(['scripted', 'exec', 'acp']).default('exec'),
  /**
   * Run with bash in the sandbox. For `exec` the goal is in the file named by SIGNALBOX_GOAL_FILE; for `acp` it
   * speaks the Agent Client Protocol on stdin and stdout.
   */
  command: command.default(''),
  /** For `scripted`: path of the script in the repository. */
  script: z.string().max(500).default('.signalbox/agent-script.json'),
  autoConfirmPlans: z.boolean().default(false),
  timeoutMinutes: z.int().min(1).max(360).default(30),
  /** Added to the environment of the command. It is shown to everybody who sees the settings: no place for a key. */
  environment: z.record(envName, z.string().max(8000)).default({}),
  /** Models that the agent reaches through the broker, which adds the key outside the sandbox. */
  models: z.array(z.enum(modelProviders)).default([...modelProviders]),
  /** How far `acp` may go alone, and what is different for some kinds of tools. */
  permissions: z.enum(permissionPolicies).default('sandbox'),
  permissionRules: z.partialRecord(z.enum(toolKinds), z.enum(permissionRules)).default({}),
  /** How long one turn waits for people in all; then the answer is no and the agent goes on. */
  permissionMinutes: z.int().min(1).max(1440).default(30),
  /** How often a turn is tried again when the agent or its model broke off, with pauses that double. */
  maxRetries: z.int().min(0).max(10).default(2),
  retryBackoffSeconds: z.number().min(0).max(3600).default(5),
  /** Text put before every goal. */
  planningStatement: z.string().max(8000).default(''),
})
export type AgentSettings = z.infer<typeof AgentSettings>

/** Whether and how merges go out. */
export const DeploymentSettings = z.object({
  enabled: z.boolean().default(false),
  environment: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('production'),
  watchSeconds: z.int().min(1).max(86400).default(60),
  startTimeoutSeconds: z.int().min(1).max(600).default(60),
  keepReleases: z.int().min(1).max(50).default(5),
  /** Added to the release's environment; `${{ secrets.NAME }}` and `${{ vars.NAME }}` are filled in at each start. */
  environmentVariables: z.record(envName, z.string().max(8000)).default({}),
})
export type DeploymentSettings = z.infer<typeof DeploymentSettings>

/**
 * What a sandbox may use, and which hosts it may reach through the proxy: host names, and the word
 * `npm-registry` for the registry that npm uses on the worker's machine.
 */
export const SandboxSettings = z.object({
  memoryMb: z.int().min(64).max(262144).default(2048),
  pids: z.int().min(16).max(32768).default(512),
  cpus: z.number().min(0.1).max(256).default(2),
  diskMb: z.int().min(64).max(1048576).default(4096),
  allowHosts: z
    .array(z.string().regex(/^(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/i))
    .max(100)
    .default(['npm-registry']),
})
export type SandboxSettings = z.infer<typeof SandboxSettings>

/** What caches that actions save may take; the least recently used ones go first. */
export const CacheSettings = z.object({
  maxMb: z.int().min(1).max(1_048_576).default(10_240),
  /** A cache that nobody asked for in so many days is deleted. */
  unusedDays: z.int().min(1).max(365).default(7),
})
export type CacheSettings = z.infer<typeof CacheSettings>

/** What of other repositories `uses:` may name. Enforced before a run begins, whatever the workflow's commit says. */
export const ActionsSettings = z.object({
  /** `owner/*`, `owner/repo`, `owner/repo@v4`; `*` for all of the usual server, `https://host/*` for another one. */
  allow: z
    .array(
      z
        .string()
        .trim()
        .max(300)
        .regex(
          /^(https:\/\/)?[A-Za-z0-9_.*:-]+(\/[A-Za-z0-9_.*-]+)*(@[^\s@]+)?$/,
          'like owner/* or owner/repo@v4',
        ),
    )
    .max(200)
    .default(['actions/*']),
  /** Whose ref must be a whole commit id or stand in `.signalbox/actions.lock`; `third-party`: all but `actions/*`. */
  pinRequired: z.enum(['never', 'third-party', 'always']).default('third-party'),
})
export type ActionsSettings = z.infer<typeof ActionsSettings>

/** A branch's name, or the start of one and `*`. */
const branchPattern = z
  .string()
  .trim()
  .max(200)
  .regex(/^(\*|[A-Za-z0-9._][A-Za-z0-9._/-]*\*?)$/, 'a branch, or the start of one and *')

/** What people may not do to branches of this name by a push. The default branch is always guarded by all three. */
export const ProtectedBranch = z.object({
  pattern: branchPattern,
  noPush: z.boolean().default(true),
  noForcePush: z.boolean().default(true),
  noDelete: z.boolean().default(true),
})
export type ProtectedBranch = z.infer<typeof ProtectedBranch>

export const mergeMethods = ['merge', 'squash', 'rebase'] as const
export type MergeMethod = (typeof mergeMethods)[number]

/** How changes land, and what pushes to branches do. */
export const RepositorySettings = z.object({
  /** `merge`: a merge commit. `squash`: one commit. `rebase`: each commit again on top of the base. */
  mergeMethod: z.enum(mergeMethods).default('merge'),
  /** For merge and squash; `{title}`, `{number}`, `{branch}`, `{base}`, `{goal}`, `{commits}`. Empty: our own words. */
  commitMessage: z.string().max(4000).default(''),
  /** The branch of a change goes when it has landed; at the origin too when the project is kept in step. */
  deleteMergedBranches: z.boolean().default(true),
  protectedBranches: z.array(ProtectedBranch).max(100).default([]),
  /** A push to such a branch opens a change, later pushes validate it again. None of them: only a goal does. */
  openChangesFor: z.array(branchPattern).max(100).default(['*']),
})
export type RepositorySettings = z.infer<typeof RepositorySettings>

/** Of what people who see the project are told in the product; each may mute kinds for themselves. */
export const NotificationSettings = z.object({
  kinds: z.array(z.enum(notificationKinds)).default([...notificationKinds]),
})
export type NotificationSettings = z.infer<typeof NotificationSettings>

/** What holds a job back that names an environment. */
export const EnvironmentRules = z.object({
  /** So many people who may deploy must approve. */
  approvals: z.int().min(0).max(6).default(0),
  /** Minutes to wait before the job begins. */
  waitMinutes: z.int().min(0).max(43_200).default(0),
  /** Only runs of these branches get there; none named: all. */
  branches: z.array(branchPattern).max(100).default([]),
})
export type EnvironmentRules = z.infer<typeof EnvironmentRules>

/** Which workflows of the repository start by themselves. A person may start each of them in any case. */
export const WorkflowSettings = z.object({
  /** Pushes, pull requests, ended runs and deployments start the workflows that name them. */
  automatic: z.boolean().default(true),
  /** Workflows start at the times that they name. */
  schedules: z.boolean().default(true),
})
export type WorkflowSettings = z.infer<typeof WorkflowSettings>

/** All settings of a project; every part has working defaults. */
export const ProjectSettings = z.object({
  /** By the name that a job gives under `environment`. */
  environments: z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), EnvironmentRules).default({}),
  validation: ValidationSettings.prefault({}),
  agent: AgentSettings.prefault({}),
  deployment: DeploymentSettings.prefault({}),
  sandbox: SandboxSettings.prefault({}),
  caches: CacheSettings.prefault({}),
  actions: ActionsSettings.prefault({}),
  repository: RepositorySettings.prefault({}),
  notifications: NotificationSettings.prefault({}),
  workflows: WorkflowSettings.prefault({}),
  autoMerge: z.boolean().default(false),
})
export type ProjectSettings = z.infer<typeof ProjectSettings>
