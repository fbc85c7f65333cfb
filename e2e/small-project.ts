import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import type { ProjectDetail } from '@signalbox/core/contract/views/projects.ts'
import { type Platform, until } from '@signalbox/testing/platform.ts'

const run = promisify(execFile)

/** Runs git as nobody in particular, without configuration; answers what it printed. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'A person',
    GIT_AUTHOR_EMAIL: 'person@example.com',
    GIT_COMMITTER_NAME: 'A person',
    GIT_COMMITTER_EMAIL: 'person@example.com',
  }
  const safe = ['-c', 'safe.directory=*']
  const { stdout } = await run('git', [...safe, ...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

/** A folder that is a git repository with one commit of these files; `undefined`: with none. */
export async function makeRepository(files: Record<string, string> | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-repository-'))
  await git(folder, 'init', '-q', '-b', 'main')
  if (!files) return folder
  await writeFiles(folder, files)
  await git(folder, 'add', '-A')
  await git(folder, 'commit', '-q', '-m', 'First commit')
  return folder
}

/** A workspace of npm: an install without a registry that makes a node_modules all the same. */
export const npmWorkspace = {
  '.gitignore': 'node_modules\n',
  'package.json': '{"name":"app","private":true,"workspaces":["packages/*"]}\n',
  'package-lock.json': `${JSON.stringify({
    name: 'app',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'app', workspaces: ['packages/*'] },
      'node_modules/harbour': { resolved: 'packages/harbour', link: true },
      'packages/harbour': { version: '1.0.0' },
    },
  })}\n`,
  'packages/harbour/package.json': '{"name":"harbour","version":"1.0.0","main":"index.js"}\n',
  'packages/harbour/index.js': 'module.exports = 1\n',
}

/** Settings to change, part by part. */
export type SettingsPatch = { [Part in keyof ProjectSettings]?: Partial<ProjectSettings[Part]> }

/** A small project without an app: agents are commands; a goal is the script that they run, unless told otherwise. */
export async function addProject(
  platform: Platform,
  options: { name: string; files?: Record<string, string>; source?: string; settings?: SettingsPatch },
): Promise<ProjectDetail> {
  const source = options.source ?? (await makeRepository(options.files ?? { 'README.md': '# Small\n' }))
  const made = await platform.call('createProject', { body: { source, name: options.name } })
  if (!options.source) await rm(source, { recursive: true, force: true })
  return await changeSettings(platform, made.slug, {
    autoMerge: true,
    ...options.settings,
    agent: {
      driver: 'exec',
      command: 'bash "$SIGNALBOX_GOAL_FILE"',
      timeoutMinutes: 1,
      ...options.settings?.agent,
    },
    validation: {
      timeoutMinutes: 1,
      maxRetries: 0,
      retryBackoffSeconds: 0,
      ...options.settings?.validation,
    },
  })
}

/** Changes some settings of a project and leaves the others as they are. */
export async function changeSettings(
  platform: Platform,
  slug: string,
  patch: SettingsPatch,
): Promise<ProjectDetail> {
  const { settings, fence } = await platform.call('getProject', { params: { project: slug } })
  const merged = { ...settings }
  for (const [part, value] of Object.entries(patch)) {
    const before: unknown = Reflect.get(settings, part)
    const both = typeof before === 'object' && typeof value === 'object' ? { ...before, ...value } : value
    Reflect.set(merged, part, both)
  }
  return await platform.call('updateProject', {
    params: { project: slug },
    body: { fence, settings: merged },
  })
}

/** Gives a goal; answers the change as it begins. */
export async function give(
  platform: Platform,
  project: string,
  goal: string,
  mode: 'auto' | 'plan' = 'auto',
): Promise<ChangeDetail> {
  return await platform.call('createChange', { params: { project }, body: { goal, mode } })
}

/** It has come to rest: ended, or waiting for a person. */
export function settled(change: ChangeDetail): boolean {
  return change.status === 'completed' || change.status === 'waiting'
}

/** Every line of every job's log of a change. */
export async function logOf(
  platform: Platform,
  change: { runs: readonly { id: string }[] },
): Promise<string> {
  const lines: string[] = []
  for (const { id } of change.runs) {
    const { jobs } = await platform.call('getRun', { params: { run: id } })
    for (const job of jobs) {
      for (let after = 0; ; ) {
        const page = await platform.call('getJobLog', {
          params: { job: job.id },
          query: { after, limit: 5000 },
        })
        lines.push(...page.lines.map((line) => line.text))
        after = page.lines.at(-1)?.n ?? after
        if (!page.more) break
      }
    }
  }
  return lines.join('\n')
}

/** The command lines of all processes on this machine that have the marker in them. */
export async function processesWith(marker: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(marker)) found.push(line.replaceAll('\0', ' ').slice(0, 300))
  }
  return found
}

/** Waits until no process has the marker any more. */
export async function noneLeft(marker: string): Promise<void> {
  let left: string[] = []
  await until(
    async () => {
      left = await processesWith(marker)
      return left.length === 0
    },
    20_000,
    () => left.join('\n'),
  )
}

/** Waits until no job has a sandbox any more. */
export async function noSandboxLeft(platform: Platform): Promise<void> {
  let left: string[] = []
  await until(
    async () => {
      const all = await readdir(join(platform.dataDir, 'sandboxes'))
      left = all.filter((name) => name.startsWith('job-'))
      return left.length === 0
    },
    20_000,
    () => left.join('\n'),
  )
}

/** What a failed call said; fails when it did not fail. */
export async function refusalOf(call: Promise<unknown>): Promise<{
  code: string
  status: number
  text: string
}> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw new Error('it was not refused')
  const [code, status] = [Reflect.get(error, 'code'), Reflect.get(error, 'status')]
  return { code: String(code), status: Number(status), text: `${error.message} ${JSON.stringify(error)}` }
}
