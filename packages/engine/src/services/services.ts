import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { ZodError } from 'zod'
import type { JobRequest, JobServices } from '../job/port.ts'
import { artifactMethods } from './artifact-service.ts'
import { getBlob, putBlob } from './block-blobs.ts'
import { cacheMethods } from './cache-service.ts'
import { readJobToken, signJobToken, type TokenUse } from './job-token.ts'
import { legacySentence } from './legacy-paths.ts'
import { createObjects, type Objects } from './objects.ts'
import type { ServiceStores } from './port.ts'
import { readBody, replyBlobFailure, replyJson, replyPlainFailure, replyTwirpFailure } from './replies.ts'
import { type BlobRight, blobsPath, readBlobUrl } from './signed-url.ts'
import { createBudget } from './staged-upload.ts'

/** What the uploads of one job may take on this machine's disk before they are stored. */
const maxStagedBytes = 4 * 1024 ** 3
/** A token ends with its job, which always has an end; this is for one whose process lost it. */
const tokenSeconds = 7 * 24 * 60 * 60

const idTokenPath = '/oidc/token'

/** The services of a process; see `createServices`. */
export interface Services extends JobServices {
  /** Answers one request of a sandbox; false when it is none of ours. */
  handle(req: IncomingMessage, res: ServerResponse): boolean
  /** Ends what is open, and takes away what was staged. */
  close(): Promise<void>
}

/** What the services are made of. */
export interface ServicesOptions {
  /** Where a sandbox reaches them, without a slash at its end. */
  base: string
  /** For blocks on their way in; nobody else's. */
  folder: string
  stores(request: JobRequest): ServiceStores
  now(): number
  /** Hears of what is nobody's fault but ours. */
  onError(error: unknown): void
}

interface OpenJob {
  id: string
  runId: string
  handle: string
  request: JobRequest
  stores: ServiceStores
  objects: Objects
}

/**
 * The services that stock actions call while a job runs: artifacts v4, cache v2, identity tokens. They live in the
 * process that runs the jobs; every call is authorised by the token of a job that is open, or by a URL that was signed
 * for it.
 */
export function createServices(options: ServicesOptions): Services {
  const { base, now } = options
  const key = randomBytes(32)
  const jobs = new Map<string, OpenJob>()

  async function open(request: JobRequest): ReturnType<JobServices['open']> {
    const handle = randomBytes(8).toString('hex')
    const folder = join(options.folder, handle)
    const budget = createBudget(maxStagedBytes)
    const objects = createObjects({ handle, folder, budget, key, base, now })
    const job = {
      id: request.id,
      runId: runIdOf(request),
      handle,
      request,
      stores: options.stores(request),
      objects,
    }
    jobs.set(job.id, job)
    const issuedAt = Math.floor(now() / 1000)
    const signed = (use: TokenUse) =>
      signJobToken(key, { id: job.id, runId: job.runId, use, issuedAt, expiresAt: issuedAt + tokenSeconds })
    const token = signed('results')
    const idToken = request.idToken ? signed('id-token') : undefined
    return {
      variables: {
        ACTIONS_RESULTS_URL: `${base}/`,
        ACTIONS_RUNTIME_URL: `${base}/`,
        ACTIONS_RUNTIME_TOKEN: token,
        ACTIONS_CACHE_URL: `${base}/`,
        ACTIONS_CACHE_SERVICE_V2: 'true',
        ...(idToken && {
          // The client adds its audience behind an ampersand.
          ACTIONS_ID_TOKEN_REQUEST_URL: `${base}${idTokenPath}?api-version=2.0`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken,
        }),
      },
      secrets: idToken ? [token, idToken] : [token],
      async close() {
        jobs.delete(job.id)
        await objects.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  }

  function callerOf(req: IncomingMessage, use: TokenUse): OpenJob {
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? []
    const id = readJobToken(key, token, { use, now: now() / 1000 })
    const job = id === undefined ? undefined : jobs.get(id)
    if (job) return job
    throw new Failure('no-token', 'This token is not that of a job that runs here')
  }

  async function onTwirp(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    const job = callerOf(req, 'results')
    const [, service, name = ''] =
      /^\/twirp\/github\.actions\.results\.api\.v1\.(\w+)\/(\w+)$/.exec(path) ?? []
    const { objects, stores } = job
    const artifact = service === 'ArtifactService' && methodOf(artifactMethods, name)
    const cache = service === 'CacheService' && methodOf(cacheMethods, name)
    if (req.method !== 'POST' || !(artifact || cache))
      throw new Failure('unknown-method', `Signalbox has no method ${path.slice(0, 100)} here`)
    const body = asked(await readBody(req))
    const caller = { jobId: job.id, runId: job.runId, objects, now, ...stores }
    const answer = artifact ? artifact(caller, body) : cache ? cache(caller, body) : {}
    replyJson(res, 200, await answer)
  }

  async function onIdToken(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const { request, stores } = callerOf(req, 'id-token')
    if (!request.idToken)
      throw new Failure('id-token-refused', 'This job has no permissions: id-token: write')
    if (!stores.idTokens) {
      throw new Failure('id-token-refused', 'A run without a server has nobody who answers for who it is', {
        hint: 'Run it on a Signalbox server, which is an OpenID Connect issuer.',
      })
    }
    const audience = url.searchParams.get('audience') ?? undefined
    replyJson(res, 200, { value: await stores.idTokens.issue(request, audience) })
  }

  async function onBlob(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const right: BlobRight = req.method === 'PUT' ? 'write' : 'read'
    const id = readBlobUrl(key, url, right, now())
    if (id === undefined)
      throw new Failure('no-token', 'The signature of this URL is wrong, or its time is over')
    const handle = id.slice(0, id.indexOf('-'))
    const job = [...jobs.values()].find((one) => one.handle === handle)
    const upload = right === 'write' ? job?.objects.upload(id) : undefined
    const target = right === 'read' ? job?.objects.target(id) : undefined
    if (upload) return await putBlob(req, res, url, upload)
    if (job && target && (req.method === 'GET' || req.method === 'HEAD'))
      return await getBlob(req, res, job.stores, target)
    throw new Failure('unknown-upload', 'There is no such object any more')
  }

  function failed(res: ServerResponse, error: unknown, reply: typeof replyTwirpFailure): void {
    const known = error instanceof ZodError ? invalid(error) : error
    if (!(known instanceof Failure)) options.onError(known)
    reply(res, known)
  }

  return {
    open,
    handle(req, res) {
      const url = new URL(req.url ?? '/', base)
      if (url.pathname.startsWith('/twirp/')) {
        onTwirp(req, res, url.pathname).catch((error: unknown) => failed(res, error, replyTwirpFailure))
        return true
      }
      if (url.pathname.startsWith(blobsPath)) {
        onBlob(req, res, url).catch((error: unknown) => failed(res, error, replyBlobFailure))
        return true
      }
      if (url.pathname === idTokenPath) {
        onIdToken(req, res, url).catch((error: unknown) => failed(res, error, replyPlainFailure))
        return true
      }
      const sentence = legacySentence(url.pathname)
      if (sentence === undefined) return false
      req.resume()
      res.statusMessage = sentence
      replyJson(res, 400, { message: sentence, typeKey: 'UnsupportedService' })
      return true
    },
    async close() {
      for (const job of jobs.values()) await job.objects.close()
      jobs.clear()
      await rm(options.folder, { recursive: true, force: true })
    },
  }
}

function methodOf<T>(methods: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(methods, name) ? methods[name] : undefined
}

/** Without a colon, which parts the ids in a token's scope. */
function runIdOf({ github, id }: JobRequest): string {
  const runId = github['run_id']
  const text = typeof runId === 'string' || typeof runId === 'number' ? String(runId) : id
  return /^[\w.-]{1,100}$/.test(text) ? text : createHash('sha256').update(text).digest('hex')
}

function asked(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('invalid-request', 'The request is no JSON', { cause })
  }
}

function invalid(error: ZodError): Failure {
  const [issue] = error.issues
  return new Failure(
    'invalid-request',
    `${issue?.path.join('.') ?? 'the request'}: ${issue?.message ?? 'is wrong'}`,
  )
}

/** Deletes what stands in a folder of uploads since before: blocks of processes that were killed. */
export async function removeStaleUploads(folder: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const seen = await stat(path).catch(() => undefined)
    if (seen && seen.mtimeMs < beforeMs) await rm(path, { recursive: true, force: true })
  }
}
