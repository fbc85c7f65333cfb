import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let platform: Platform

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => await platform?.destroy())

function site(path = '/'): Promise<{ status: number; text: string }> {
  return platform.visit('sample.localhost', path)
}

const done = (change: { status: string }) => change.status === 'completed'

describe('a goal goes to production', () => {
  test('the sample stands ready, with goals to choose from', async () => {
    const project = await platform.call('getProject', { params: { project: 'sample' } })
    expect(project.sample).toBe(true)
    expect(project.exampleGoals).toContain('Show long waits in days')
    expect(project.settings.autoMerge).toBe(true)
  })

  test('the first goal breaks a test, is fixed from the evidence, merges exactly what was validated and deploys', async () => {
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Show long waits in days' },
    })
    const change = await platform.waitForChange(begun.id, done)
    expect(change.conclusion).toBe('deployed')
    expect(change.fixAttempts).toBe(1)
    expect(change.evidence.map((e) => e.conclusion)).toEqual(['failure', 'success'])
    expect(change.evidence[0]?.excerpt).toContain('2 h 14 min')
    const evidencePrompt = change.agentRun?.conversation.find(
      (e) => e.kind === 'prompt' && e.role === 'platform',
    )
    expect(evidencePrompt?.text).toContain('2 h 14 min')
    expect(change.pullRequest?.state).toBe('merged')
    expect(change.pullRequest?.landedCommit).toBe(change.pullRequest?.mergeCommit)
    const project = await platform.call('getProject', { params: { project: 'sample' } })
    expect(project.headCommit).toBe(change.pullRequest?.mergeCommit)
    expect(change.deployment).toMatchObject({ conclusion: 'live', live: true })
    expect((await site()).text).toContain('3 d 3 h')
    expect(change.strip.filter((s) => s.lamp !== 'clear')).toEqual([])
  })

  test('the second goal deploys a release that turns unhealthy and is rolled back by itself', async () => {
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Report the tide with the health check' },
    })
    const change = await platform.waitForChange(begun.id, done)
    expect(change.conclusion).toBe('rolled_back')
    expect(change.reason).toContain('health checks')
    expect(await site('/health')).toEqual({ status: 200, text: 'ok\n' })
    const { items } = await platform.call('listDeployments', { params: { project: 'sample' } })
    expect(items.filter((d) => d.live).map((d) => d.changeId)).not.toContain(begun.id)
    expect(items.filter((d) => d.live)).toHaveLength(1)
  })

  test('a question is answered and ends there', async () => {
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'What does this project do?' },
    })
    const change = await platform.waitForChange(begun.id, done)
    expect(change.conclusion).toBe('answered')
    expect(change.pullRequest).toBeNull()
  })

  test('a stop names what it stops; the next start finds everything and brings the release back', async () => {
    const said = await platform.stop()
    expect(said).toContain('Stopped the release sample.localhost')
    await expect(site()).rejects.toThrow()
    await platform.start()
    await until(async () => (await site()).text.includes('3 d 3 h'), 30_000)
    const { items } = await platform.call('listChanges', { query: {} })
    expect(items.map((c) => c.conclusion).sort()).toEqual(['answered', 'deployed', 'rolled_back'])
  })

  test('a person rolls back to a kept release, but not to one that never held out', async () => {
    const before = await deployments()
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Take the tide gauge out again' },
    })
    expect((await platform.waitForChange(begun.id, done)).conclusion).toBe('deployed')
    const kept = before.find((d) => d.live)
    const broken = before.find((d) => d.conclusion === 'rolled_back')
    await expect(rollback(broken?.id)).rejects.toThrow(/never held out/)
    const { id } = await rollback(kept?.id)
    await until(async () => (await deployments()).find((d) => d.id === id)?.status === 'completed', 60_000)
    const live = (await deployments()).filter((d) => d.live)
    expect(live).toMatchObject([{ id, trigger: 'rollback', commit: kept?.commit }])
    expect((await site('/health')).status).toBe(200)
  })
})

async function deployments() {
  return (await platform.call('listDeployments', { params: { project: 'sample' } })).items
}

async function rollback(deployment = '') {
  return await platform.call('rollbackTo', { params: { deployment } })
}
