import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let platform: Platform

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => await platform?.destroy())

function live(path = '/'): Promise<{ status: number; text: string }> {
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
    expect((await live()).text).toContain('3 d 3 h')
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
    expect(await live('/health')).toEqual({ status: 200, text: 'ok\n' })
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
    await expect(live()).rejects.toThrow()
    await platform.start()
    await until(async () => (await live()).text.includes('3 d 3 h'), 30_000)
    const { items } = await platform.call('listChanges', { query: {} })
    expect(items.map((c) => c.conclusion).sort()).toEqual(['answered', 'deployed', 'rolled_back'])
  })

  test('a person rolls back to a kept release', async () => {
    const first = await platform.call('createDeployment', { params: { project: 'sample' } })
    // The head holds the tide gauge: it turns unhealthy, so what was live stays.
    await until(async () => {
      const now = await platform.call('getDeployment', { params: { deployment: first.id } })
      return now.status === 'completed' && now.conclusion === 'rolled_back'
    }, 60_000)
    const { items } = await platform.call('listDeployments', { params: { project: 'sample' } })
    const target = items.find((d) => d.changeId && d.conclusion === 'rolled_back')
    expect(target).toBeDefined()
    const rollback = await platform.call('rollbackTo', { params: { deployment: target?.id ?? '' } })
    expect(rollback.trigger).toBe('rollback')
    await until(async () => {
      const now = await platform.call('getDeployment', { params: { deployment: rollback.id } })
      return now.status === 'completed'
    }, 60_000)
    expect((await live('/health')).status).toBe(200)
  })
})
