import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFolderArtifacts } from '../actions/folder-artifacts.ts'
import type { JobAccess, JobRequest } from '../job/port.ts'
import { createFolderCaches } from './folder-caches.ts'
import type { IdTokenIssuer } from './port.ts'
import { createServices, type Services } from './services.ts'

const root = mkdtempSync('/tmp/engine-services-')
let staging = ''
let now = Date.now()
let services: Services
let base = ''
const server = createServer((req, res) => {
  if (!services.handle(req, res)) res.writeHead(418).end()
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(() => {
  server.close()
  rmSync(root, { recursive: true, force: true })
})
beforeEach(() => {
  now = Date.now()
  staging = mkdtempSync(join(root, 'staging-'))
  services = createServices({
    base,
    folder: staging,
    stores: ({ github }) => ({
      artifacts: createFolderArtifacts(join(root, `artifacts-${github['run_id']}`)),
      ...(github['run_id'] === 'with-issuer' ? { idTokens: issuer } : {}),
      caches: createFolderCaches(join(root, 'caches'), { maxBytes: 100, unusedDays: 7 }, () => now),
    }),
    now: () => now,
    onError: (error) => {
      throw error
    },
  })
})

async function job(id: string, runId = 'run-1', more: Partial<JobRequest> = {}): Promise<JobAccess> {
  const { workflow } = parseWorkflow('a.yml', 'on: push\njobs: {a: {runs-on: linux, steps: [{run: a}]}}')
  if (!workflow) throw new Error('no workflow')
  const request: JobRequest = {
    ...{ id, ownerId: 'o', workflow, jobKey: 'a', needs: {}, inputs: {}, vars: {}, secrets: {}, env: {} },
    github: { run_id: runId },
    checkout: { gitDir: '/', commit: 'x', ref: '' },
    limits: { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 },
    network: { mode: 'none' },
    layers: [],
    defaultTimeoutMs: 1,
    ...more,
  }
  return await services.open(request)
}

const issuer: IdTokenIssuer = {
  issue: async ({ github }, audience) => `token of ${github['run_id']} for ${audience}`,
}

const tokenOf = (access: JobAccess) => access.variables['ACTIONS_RUNTIME_TOKEN'] ?? ''

async function call(token: string, method: string, body: object, runId = 'run-1') {
  const service = method.includes('Cache') ? 'CacheService' : 'ArtifactService'
  const ids = { workflow_run_backend_id: runId, workflow_job_run_backend_id: 'any' }
  const response = await fetch(`${base}/twirp/github.actions.results.api.v1.${service}/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ids, ...body }),
  })
  const answer: Record<string, unknown> = await response.json()
  return { status: response.status, answer }
}

const text = (value: unknown) => String(value)
const put = (url: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
  fetch(url, { method: 'PUT', body, headers })
const blob = { 'x-ms-blob-type': 'BlockBlob' }
const sha = (data: string) => `sha256:${createHash('sha256').update(data).digest('hex')}`

test('an artifact comes in blocks, in the order of their list, and is read by ranges', async () => {
  const token = tokenOf(await job('up'))
  const begun = await call(token, 'CreateArtifact', { name: 'a', version: 7, mime_type: 'text/plain' })
  const url = text(begun.answer['signed_upload_url'])
  expect((await put(`${url}&comp=block&blockid=QTI=`, 'world')).status).toBe(201)
  expect((await put(`${url}&comp=block&blockid=QTE=`, 'wrong')).status).toBe(201)
  expect((await put(`${url}&comp=block&blockid=QTE=`, 'hello ')).status).toBe(201)
  const list = (ids: string[]) =>
    `<?xml version="1.0"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`
  expect((await put(`${url}&comp=blocklist`, list(['QTE=', 'QUE=']))).status).toBe(400)
  expect((await put(`${url}&comp=blocklist`, list(['QTE=', 'QTI=']))).status).toBe(201)
  const done = await call(token, 'FinalizeArtifact', { name: 'a', size: '11', hash: sha('hello world') })
  expect(done.answer).toMatchObject({ ok: true, artifact_id: expect.stringMatching(/^\d{1,16}$/) })

  // Another job of the run, by the id that the stock client keeps as a number.
  const other = tokenOf(await job('down'))
  const id = String(Number(done.answer['artifact_id']))
  const listed = await call(other, 'ListArtifacts', { id_filter: id })
  expect(listed.answer['artifacts']).toMatchObject([{ name: 'a', size: '11', digest: sha('hello world') }])
  const signed = await call(other, 'GetSignedArtifactURL', { name: 'a' })
  const read = text(signed.answer['signed_url'])
  const part = await fetch(read, { headers: { range: 'bytes=6-8' } })
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 6-8/11',
    'wor',
  ])
  expect((await fetch(read, { headers: { range: 'bytes=11-' } })).status).toBe(416)
  const whole = await fetch(read)
  expect(whole.headers.get('content-disposition')).toContain("UTF-8''a")
  expect(await whole.text()).toBe('hello world')
  expect((await call(other, 'CreateArtifact', { name: 'a', version: 7 })).status).toBe(409)
  expect((await call(other, 'DeleteArtifact', { name: 'a' })).answer['ok']).toBe(true)
  expect((await call(other, 'GetSignedArtifactURL', { name: 'a' })).status).toBe(404)
  expect((await fetch(read)).status).toBe(404)
})

test('what was not whole, or is not what was said of it, leaves nothing', async () => {
  const access = await job('broken', 'run-2')
  const token = tokenOf(access)
  const begin = async (name: string) =>
    text((await call(token, 'CreateArtifact', { name, version: 7 }, 'run-2')).answer['signed_upload_url'])
  const url = await begin('cut')
  expect((await put(url, 'abc', blob)).status).toBe(201)
  const wrong = await call(token, 'FinalizeArtifact', { name: 'cut', size: '3', hash: sha('abd') }, 'run-2')
  expect(wrong).toMatchObject({ status: 400, answer: { code: 'data_loss' } })
  await begin('open')
  expect((await call(token, 'FinalizeArtifact', { name: 'open', size: '0' }, 'run-2')).status).toBe(404)
  expect((await call(token, 'ListArtifacts', {}, 'run-2')).answer['artifacts']).toEqual([])
  expect(readdirSync(join(root, 'artifacts-run-2'))).toEqual([])
  expect((await call(token, 'CreateArtifact', { name: '../x', version: 7 }, 'run-2')).status).toBe(400)
  await access.close()
  expect(readdirSync(staging)).toEqual([])
  await services.close()
  expect(existsSync(staging)).toBe(false)
})

test('a call needs the token of a job that runs, and speaks for its own run', async () => {
  const access = await job('mine', 'run-3')
  const token = tokenOf(access)
  expect((await call('', 'ListArtifacts', {}, 'run-3')).status).toBe(401)
  expect((await call(`${token.slice(0, -4)}AAAA`, 'ListArtifacts', {}, 'run-3')).status).toBe(401)
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
  expect((await call(unsigned, 'ListArtifacts', {}, 'run-3')).status).toBe(401)
  expect((await call(token, 'ListArtifacts', {}, 'run-1')).status).toBe(403)
  expect((await call(token, 'ListArtifacts', {}, 'run-3')).status).toBe(200)
  expect((await call(token, 'toString', {}, 'run-3')).status).toBe(404)
  const scp: { scp: string } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  expect(scp.scp).toBe('Actions.Results:run-3:mine')
  await access.close()
  expect((await call(token, 'ListArtifacts', {}, 'run-3')).status).toBe(401)
})

test('a signed URL is good for one object, one right and a time', async () => {
  const token = tokenOf(await job('signed', 'run-4'))
  const begun = await call(token, 'CreateArtifact', { name: 'a', version: 7 }, 'run-4')
  const url = text(begun.answer['signed_upload_url'])
  expect((await fetch(url)).status).toBe(403)
  expect((await put(url.replace('sp=write', 'sp=read'), 'x', blob)).status).toBe(201)
  expect((await put(url.replace(/sig=[^&]+/, 'sig=AAAA'), 'x', blob)).status).toBe(403)
  expect((await put(url.replace(/-[0-9a-f]{24}/, `-${'0'.repeat(24)}`), 'x', blob)).status).toBe(403)
  expect((await put(url.replace(/se=\d+/, `se=${now + 1e9}`), 'x', blob)).status).toBe(403)
  expect((await put(url, 'x')).status).toBe(400)
  expect((await put(url, 'x', { 'x-ms-blob-type': 'AppendBlob' })).status).toBe(400)
  now += 61 * 60_000
  expect((await put(url, 'x', blob)).status).toBe(403)
})

test('a cache is found by its key, then by the newest prefix, for one version, and the oldest goes', async () => {
  let token = tokenOf(await job('caches', 'run-5'))
  const save = async (key: string, version: string, body: string) => {
    const begun = await call(token, 'CreateCacheEntry', { key, version })
    if (begun.answer['ok'] !== true) return begun.answer
    await put(text(begun.answer['signed_upload_url']), body, blob)
    now += 1000
    const size_bytes = String(body.length)
    return (await call(token, 'FinalizeCacheEntryUpload', { key, version, size_bytes })).answer
  }
  const find = async (key: string, version: string, restore_keys: string[] = []) => {
    const { answer } = await call(token, 'GetCacheEntryDownloadURL', { key, version, restore_keys })
    return answer['ok'] === true
      ? `${answer['matched_key']}=${await (await fetch(text(answer['signed_download_url']))).text()}`
      : 'miss'
  }
  expect(await find('deps-1', 'v')).toBe('miss')
  expect(await save('deps-1', 'v', 'one')).toMatchObject({ ok: true })
  expect(await save('deps-1', 'v', 'again')).toMatchObject({
    ok: false,
    message: expect.stringContaining('exists'),
  })
  await save('deps-2', 'v', 'two')
  await save('deps-3', 'w', 'three')
  expect(await find('deps-1', 'v')).toBe('deps-1=one')
  expect(await find('deps-9', 'v', ['deps-'])).toBe('deps-2=two')
  expect(await find('deps-', 'v')).toBe('deps-2=two')
  expect(await find('deps-3', 'v')).toBe('miss')
  expect((await call(token, 'CreateCacheEntry', { key: 'a,b', version: 'v' })).status).toBe(400)
  // 100 bytes fit: what nobody asked for the longest goes, and what nobody asked for in a week.
  await find('deps-1', 'v')
  await save('large', 'v', 'x'.repeat(96))
  expect([await find('deps-2', 'v'), await find('deps-3', 'w'), await find('deps-1', 'v')]).toEqual([
    'miss',
    'miss',
    'deps-1=one',
  ])
  now += 8 * 86_400_000
  token = tokenOf(await job('later', 'run-5'))
  await save('new', 'v', 'n')
  expect([await find('deps-1', 'v'), await find('new', 'v')]).toEqual(['miss', 'new=n'])
})

test('what older actions ask for is refused with the way out', async () => {
  const cache = await fetch(`${base}/_apis/artifactcache/cache?keys=a&version=b`)
  expect([cache.status, cache.statusText, await cache.json()]).toMatchObject([
    400,
    expect.stringContaining('actions/cache@v4'),
    { message: expect.stringContaining('cache v2 only') },
  ])
  const artifacts = await fetch(`${base}/_apis/pipelines/workflows/1/artifacts?api-version=6.0-preview`)
  expect(artifacts.statusText).toContain('upload-artifact@v4')
  expect((await fetch(`${base}/else`)).status).toBe(418)
})

test('an identity token is for a job that may have one, and asked for with a token that is for nothing else', async () => {
  const ask = async (access: JobAccess, token: string | undefined) => {
    const url = access.variables['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? `${base}/oidc/token?api-version=2.0`
    const answer = await fetch(`${url}&audience=cloud`, { headers: { authorization: `Bearer ${token}` } })
    const body: { value?: string; message?: string } = await answer.json()
    return `${answer.status} ${body.value ?? body.message}`
  }
  const requestToken = (access: JobAccess) => access.variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']
  const may = await job('may', 'with-issuer', { idToken: true })
  expect(await ask(may, requestToken(may))).toBe('200 token of with-issuer for cloud')
  expect(may.secrets).toContain(requestToken(may))
  expect(await ask(may, tokenOf(may))).toMatch(/^401 /)
  expect((await call(requestToken(may) ?? '', 'ListArtifacts', {}, 'with-issuer')).status).toBe(401)
  const mayNot = await job('may-not', 'with-issuer')
  expect(requestToken(mayNot)).toBeUndefined()
  expect(await ask(mayNot, tokenOf(mayNot))).toMatch(/^401 /)
  const local = await job('local', 'run-6', { idToken: true })
  expect(await ask(local, requestToken(local))).toMatch(/^403 .*Signalbox server/)
})
