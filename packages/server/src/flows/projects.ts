import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { learnBranches } from '../db/branches.ts'
import type { Queryable } from '../db/connect.ts'
import {
  deleteProject as deleteRow,
  findProject,
  insertProject,
  listProjects,
  updateProject as updateRow,
} from '../db/projects.ts'
import { openRunsOfProject } from '../db/runs.ts'
import { appendEvent } from '../events/append.ts'
import { ensureEnvironment } from './deployments.ts'
import type { FlowDeps } from './deps.ts'

/** The last part of a path or URL as a slug: `[a-z0-9-]{1,60}`. */
function slugOf(source: string): string {
  const last =
    source
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split(/[/:]/)
      .pop() ?? ''
  const slug = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return slug || 'project'
}

async function freeSlug(deps: FlowDeps, wanted: string): Promise<string> {
  for (let n = 1; n < 1000; n++) {
    const slug = n === 1 ? wanted : `${wanted}-${n}`
    if (!(await findProject(deps.db, slug))) return slug
  }
  throw new Failure('name-taken', `There are a thousand projects named ${wanted}.`)
}

/** Mirrors a repository and makes it a project with default settings. */
export async function createProject(
  deps: FlowDeps,
  input: { source: string; name?: string; sync: boolean },
): Promise<{ projectId: string }> {
  const id = newId()
  const { defaultBranch } = await deps.forge.importRepository({ projectId: id, source: input.source })
  try {
    await store(deps, {
      id,
      slug: await freeSlug(deps, slugOf(input.name ?? input.source)),
      name: input.name ?? slugOf(input.source),
      originUrl: input.source,
      sync: input.sync,
      sample: false,
      defaultBranch,
      settings: ProjectSettings.parse({}),
    })
  } catch (error) {
    await deps.forge.removeRepository(id)
    throw error
  }
  return { projectId: id }
}

interface StoredProject {
  id: string
  slug: string
  name: string
  originUrl: string | null
  sync: boolean
  sample: boolean
  defaultBranch: string
  settings: ProjectSettings
}

async function store(deps: FlowDeps, project: StoredProject): Promise<void> {
  const branches = await deps.forge.branches(project.id)
  await deps.db.transaction().execute(async (tx) => {
    const stored = await insertProject(tx, {
      id: project.id,
      slug: project.slug,
      name: project.name,
      origin_url: project.originUrl,
      sync: project.sync,
      sample: project.sample,
      default_branch: project.defaultBranch,
      settings: project.settings,
    })
    if (!stored) throw new Failure('name-taken', `There is a project named ${project.slug} already.`)
    await learnBranches(tx, { projectId: project.id, branches })
    await appendEvent(tx, { type: 'project.created', projectId: project.id })
  })
}

const sampleSettings = ProjectSettings.parse({
  validation: {
    installCommand: 'npm ci --no-audit --no-fund',
    buildCommand: 'npm run build',
    testCommand: 'npm test',
    startCommand: 'npm start',
    healthCheckPath: '/health',
    port: 3000,
    environmentVariables: { NODE_ENV: 'production' },
    retryBackoffSeconds: 1,
  },
  agent: { driver: 'scripted' },
  deployment: { enabled: true, environment: 'production', watchSeconds: 6, startTimeoutSeconds: 30 },
  autoMerge: true,
})

/** Makes the sample project when there is no project at all; a later start finds it as it was. */
export async function ensureSample(deps: FlowDeps, folder: string): Promise<void> {
  if ((await listProjects(deps.db)).length > 0) return
  const id = newId()
  const { defaultBranch } = await deps.forge.initRepository({
    projectId: id,
    files: await filesBelow(folder),
    message: 'Arrivals board of a small harbour\n',
  })
  await store(deps, {
    id,
    slug: 'sample',
    name: 'Harbour board (sample)',
    originUrl: null,
    sync: false,
    sample: true,
    defaultBranch,
    settings: sampleSettings,
  })
}

async function filesBelow(folder: string): Promise<{ path: string; content: Uint8Array }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return await Promise.all(
    files.sort().map(async (path) => ({ path: relative(folder, path), content: await readFile(path) })),
  )
}

/** Replaces name or settings; Failure `stale-fence` when somebody was quicker. */
export async function updateProject(
  deps: FlowDeps,
  input: { projectId: string; fence: number; name?: string; settings?: ProjectSettings },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const { projectId: id, fence, name, settings } = input
    if (settings?.deployment.enabled) await refuseUndeployable(tx, id, settings)
    const changed = await updateRow(tx, { id, fence, name, settings })
    if (!changed) {
      throw new Failure('stale-fence', 'Somebody else saved these settings meanwhile.', {
        hint: 'Load them again and make your change there.',
      })
    }
    await appendEvent(tx, { type: 'project.updated', projectId: input.projectId })
  })
}

/** What would only fail when something is deployed is said when it is saved. */
async function refuseUndeployable(tx: Queryable, id: string, settings: ProjectSettings): Promise<void> {
  if (settings.validation.startCommand === '') {
    throw new Failure('invalid-settings', 'Merges cannot be deployed without a start command.', {
      hint: 'Set the start command, port and health check among the validation settings, then turn deploying on.',
    })
  }
  const project = await findProject(tx, id)
  if (project) await ensureEnvironment(tx, project, settings.deployment.environment)
}

/** Takes a project off; refused while one of its changes or deployments is under way. */
export async function deleteProject(deps: FlowDeps, input: { projectId: string }): Promise<void> {
  const project = await findProject(deps.db, input.projectId)
  if (!project) throw new Failure('not-found', 'There is no such project.')
  const [open] = await openRunsOfProject(deps.db, project.id)
  if (open) {
    throw new Failure('refused', `Run #${open.number} of this project is still under way.`, {
      hint: 'Cancel its changes first, then delete the project.',
    })
  }
  await deps.db.transaction().execute(async (tx) => {
    await deleteRow(tx, project.id)
    // Workers stop releases and routes that no row names any more.
    await appendEvent(tx, { type: 'project.deleted', projectId: project.id, data: { slug: project.slug } })
  })
  await deps.forge.removeRepository(project.id)
}
