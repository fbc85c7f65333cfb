import type { JobRequest } from '@signalbox/engine/job/port.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { seedClaimedJob, seedProject } from '@signalbox/testing/postgres-rows.ts'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { githubContextOf } from '../../flows/runs/run-context.ts'
import type { WorkerDeps } from '../deps.ts'
import { jobIdTokens, subjectOf } from './id-tokens.ts'

let api: ApiUnderTest
beforeAll(async () => {
  api = await apiUnderTest()
})
afterAll(() => api.close())

async function scene(patch: { trusted?: boolean; kind?: 'agent' } = {}) {
  const { project } = await seedProject(api.deps.db)
  const { run, job } = await seedClaimedJob(api.deps.db, project.id)
  const issuing = { ...run, ...patch }
  const deps: Pick<WorkerDeps, 'db' | 'vault' | 'clock' | 'config'> = api.deps
  const request: Pick<JobRequest, 'github'> = { github: githubContextOf(run, project.slug) }
  const tokens = jobIdTokens(deps, { project, run: issuing, job })
  return { project, run, issue: (audience?: string) => tokens.issue(request, audience) }
}

test('a token is verified by the published keys, says which job it is, and ends in ten minutes', async () => {
  const { project, run, issue } = await scene()
  const token = await issue('sts.example.com')
  const found = await (await fetch(`${api.url}/.well-known/openid-configuration`)).json()
  expect(found.id_token_signing_alg_values_supported).toEqual(['RS256'])
  expect(found.jwks_uri).toBe(`${found.issuer}/.well-known/jwks`)
  const keys = createRemoteJWKSet(new URL(`${api.url}/.well-known/jwks`))
  const { payload } = await jwtVerify(token, keys, { issuer: found.issuer, audience: 'sts.example.com' })
  expect(payload).toMatchObject({
    sub: `repo:signalbox/${project.slug}:pull_request`,
    repository: `signalbox/${project.slug}`,
    run_id: run.id,
    run_attempt: '1',
    ref: 'refs/heads/main',
    sha: run.commit_id,
    workflow_ref: `signalbox/${project.slug}/${run.workflow_file}@refs/heads/main`,
    actor: 'signalbox',
  })
  expect(Object.keys(payload).filter((claim) => !found.claims_supported.includes(claim))).toEqual([])
  expect(Number(payload.exp) - Number(payload.iat)).toBe(600)
  // The same key signs again; its private half is nowhere in the clear.
  await issue()
  const rows = await api.deps.db.selectFrom('oidc_keys').selectAll().execute()
  expect(rows).toHaveLength(1)
  const answer = await (await fetch(`${api.url}/.well-known/jwks`)).text()
  expect(answer).not.toContain('"d"')
  expect(rows[0]?.sealed.toString('latin1')).not.toContain('"d"')
})

test('a run that no trusted person or branch began, and an agent, get none', async () => {
  for (const patch of [{ trusted: false }, { kind: 'agent' as const }]) {
    const { issue } = await scene(patch)
    await expect(issue('x')).rejects.toMatchObject({ code: 'id-token-refused' })
  }
  const { issue } = await scene()
  await expect(issue('x'.repeat(301))).rejects.toMatchObject({ code: 'invalid-input' })
})

test('sub has the form of GitHub: environment, pull request, ref', () => {
  const github = { repository: 'o/r', ref: 'refs/heads/main', event_name: 'push' }
  expect(subjectOf({ github }, '')).toBe('repo:o/r:ref:refs/heads/main')
  expect(subjectOf({ github }, 'Production:eu')).toBe('repo:o/r:environment:Production%3Aeu')
  expect(subjectOf({ github: { ...github, event_name: 'pull_request' } }, '')).toBe('repo:o/r:pull_request')
})
