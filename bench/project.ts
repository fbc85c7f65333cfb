import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { type Platform, until } from '@signalbox/testing/platform.ts'

/** Adds a project whose default branch holds these workflows (file name to text); its slug. */
export async function addProject(platform: Platform, workflows: Record<string, string>): Promise<string> {
  const folder = mkdtempSync('/tmp/signalbox-bench-repository-')
  try {
    const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' })
    git('init', '-q', '-b', 'main')
    mkdirSync(join(folder, '.signalbox/workflows'), { recursive: true })
    for (const [name, text] of Object.entries(workflows))
      writeFileSync(join(folder, '.signalbox/workflows', name), text)
    git('add', '-A')
    git('-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', 'Workflows')
    const project = await platform.call('createProject', {
      body: { source: folder, name: 'bench', sync: false },
    })
    return project.slug
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a workflow by the API and waits for its end; an Error when that is no success. */
export async function runToEnd(platform: Platform, project: string, workflow: string): Promise<RunDetail> {
  const started = await platform.call('createRun', { params: { project }, body: { workflow } })
  let run = started
  await until(
    async () => {
      run = await platform.call('getRun', { params: { run: started.id } })
      return run.status === 'completed'
    },
    120_000,
    () => JSON.stringify(run, null, 1),
  )
  if (run.conclusion !== 'success')
    throw new Error(`${workflow} ended as ${run.conclusion}: ${run.reason ?? ''}`)
  return run
}
