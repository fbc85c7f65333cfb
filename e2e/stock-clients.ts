import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { restoreCache, saveCache } from '@actions/cache'
import { getInput, setFailed, setOutput } from '@actions/core'
import { HttpClient } from '@actions/http-client'
import { BearerCredentialHandler } from '@actions/http-client/lib/auth'
import { BlobClient } from '@azure/storage-blob'

/**
 * What the local action of actions-services.test.ts runs in a sandbox, bundled: the unmodified cache client, and the
 * storage and HTTP clients that the unmodified artifact client is made of, called as it calls them. (The artifact client
 * itself brings packages that carry no licence; it was run by hand.)
 */
const chunkBytes = 8 * 1024 ** 2
const base = new URL(process.env['ACTIONS_RESULTS_URL'] ?? '').origin
const token = process.env['ACTIONS_RUNTIME_TOKEN'] ?? ''
const claims: { scp: string } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const [, workflow_run_backend_id, workflow_job_run_backend_id] =
  claims.scp
    .split(' ')
    .find((scope) => scope.startsWith('Actions.Results:'))
    ?.split(':') ?? []

async function call(method: string, body: object): Promise<Record<string, unknown>> {
  const http = new HttpClient('stock-clients', [new BearerCredentialHandler(token)])
  const url = `${base}/twirp/github.actions.results.api.v1.ArtifactService/${method}`
  const asked = { workflow_run_backend_id, workflow_job_run_backend_id, ...body }
  const answer = await http.post(url, JSON.stringify(asked), { 'content-type': 'application/json' })
  const text = await answer.readBody()
  if (answer.message.statusCode !== 200) throw new Error(`${method}: ${answer.message.statusCode} ${text}`)
  return JSON.parse(text)
}

async function uploadArtifact(): Promise<void> {
  const content = randomBytes(50 * 1024 ** 2)
  const sha256 = createHash('sha256').update(content).digest('hex')
  writeFileSync('large.bin', content)
  const begun = await call('CreateArtifact', {
    name: 'large.bin',
    version: 7,
    mime_type: 'application/octet-stream',
  })
  const blob = new BlobClient(String(begun['signed_upload_url'])).getBlockBlobClient()
  await blob.uploadStream(createReadStream('large.bin', { highWaterMark: chunkBytes }), chunkBytes, 5)
  const hash = `sha256:${sha256}`
  await call('FinalizeArtifact', { name: 'large.bin', size: String(content.length), hash })
  setOutput('sha256', sha256)
}

async function downloadArtifact(): Promise<void> {
  const { artifacts } = await call('ListArtifacts', { name_filter: 'large.bin' })
  console.log('listed', JSON.stringify(artifacts))
  const { signed_url } = await call('GetSignedArtifactURL', { name: 'large.bin' })
  const content = await new BlobClient(String(signed_url)).downloadToBuffer()
  console.log('downloaded', createHash('sha256').update(content).digest('hex'))
}

async function caches(): Promise<void> {
  const key = getInput('key')
  console.log('missed', await restoreCache(['kept'], `other-${key}`))
  mkdirSync('kept', { recursive: true })
  writeFileSync('kept/name', key)
  console.log('saved', (await saveCache(['kept'], key)) > 0)
  rmSync('kept', { recursive: true })
  console.log('hit', await restoreCache(['kept'], key), readFileSync('kept/name', 'utf8'))
}

async function restore(): Promise<void> {
  const found = await restoreCache(['kept'], `${getInput('key')}-newer`, [getInput('key').slice(0, 5)])
  console.log('restored', found, existsSync('kept/name') ? readFileSync('kept/name', 'utf8') : 'nothing')
}

const parts: Record<string, () => Promise<void>> = { uploadArtifact, downloadArtifact, caches, restore }
await parts[getInput('part')]?.().catch((error: unknown) =>
  setFailed(error instanceof Error ? error : String(error)),
)
console.log('token', token)
