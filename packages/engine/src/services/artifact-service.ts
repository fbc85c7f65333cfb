import { zipMediaType } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { checkedName, maxArtifactBytes } from '../actions/artifact-names.ts'
import type { ArtifactStore } from '../actions/artifact-store.ts'
import { numberOf } from './number-of.ts'
import type { Objects } from './objects.ts'

const dayMs = 86_400_000
/** A zip without a comment ends in so many bytes, which say how many entries it has. */
const zipEndBytes = 22

const Ids = z.object({ workflow_run_backend_id: z.string(), workflow_job_run_backend_id: z.string() })
const Named = Ids.extend({ name: z.string() })
const Create = Named.extend({
  expires_at: z.coerce.date().nullish(),
  mime_type: z
    .string()
    .regex(/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/)
    .nullish(),
})
const Finalize = Named.extend({
  size: z.coerce.number().int().min(0),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullish(),
})
const List = Ids.extend({ name_filter: z.string().nullish(), id_filter: z.string().nullish() })

/** What the service knows of the job that calls it. */
export interface ArtifactCaller {
  jobId: string
  /** As the job's token has it. */
  runId: string
  artifacts: ArtifactStore
  objects: Objects
  now(): number
}

/** Methods of `github.actions.results.api.v1.ArtifactService`, as seen in the stock clients. Each answers JSON. */
export const artifactMethods: Readonly<
  Record<string, (caller: ArtifactCaller, body: unknown) => Promise<object>>
> = { CreateArtifact, FinalizeArtifact, ListArtifacts, GetSignedArtifactURL, DeleteArtifact }

async function CreateArtifact(caller: ArtifactCaller, body: unknown): Promise<object> {
  const { name, expires_at, mime_type } = own(caller, Create.parse(body))
  checkedName(name)
  if ((await caller.artifacts.list()).some((one) => one.name === name))
    throw new Failure(
      'artifact-exists',
      `an artifact with this name already exists on the workflow run: ${name}`,
    )
  const days = expires_at ? Math.ceil((expires_at.getTime() - caller.now()) / dayMs) : undefined
  const url = await caller.objects.beginUpload(`artifact ${name}`, {
    maxBytes: maxArtifactBytes,
    facts: {
      mediaType: mime_type ?? zipMediaType,
      retentionDays: days === undefined ? undefined : Math.min(90, Math.max(1, days)),
    },
  })
  return { ok: true, signed_upload_url: url }
}

async function FinalizeArtifact(caller: ArtifactCaller, body: unknown): Promise<object> {
  const { name, size, hash } = own(caller, Finalize.parse(body))
  const stored = await caller.objects.takeUpload(`artifact ${name}`, async (upload, facts) => {
    const zip = facts.mediaType === zipMediaType
    const files = zip ? entriesOf(await upload.tail(zipEndBytes)) : 1
    const expected = { sizeBytes: size, sha256: hash?.slice('sha256:'.length) }
    return await caller.artifacts.put(name, upload.read(expected), {
      ...facts,
      files,
      overwrite: false,
      maxBytes: maxArtifactBytes,
    })
  })
  return { ok: true, artifact_id: numberOf(stored.id) }
}

async function ListArtifacts(caller: ArtifactCaller, body: unknown): Promise<object> {
  const { name_filter, id_filter } = own(caller, List.parse(body))
  const found = (await caller.artifacts.list()).filter(
    (one) => (!name_filter || one.name === name_filter) && (!id_filter || numberOf(one.id) === id_filter),
  )
  return {
    artifacts: found.map((one) => ({
      workflow_run_backend_id: caller.runId,
      workflow_job_run_backend_id: caller.jobId,
      database_id: numberOf(one.id),
      name: one.name,
      size: String(one.sizeBytes),
      created_at: one.createdAt.toISOString(),
      // Of what the engine's own upload kept, a zip is made while it is read: its digest is not known.
      ...(one.mediaType === 'application/gzip' ? {} : { digest: `sha256:${one.sha256}` }),
    })),
  }
}

async function GetSignedArtifactURL(caller: ArtifactCaller, body: unknown): Promise<object> {
  const { name } = own(caller, Named.parse(body))
  const found = (await caller.artifacts.list()).some((one) => one.name === name)
  if (!found) throw unknown(name)
  return { signed_url: caller.objects.readUrl({ artifact: name }) }
}

async function DeleteArtifact(caller: ArtifactCaller, body: unknown): Promise<object> {
  const { name } = own(caller, Named.parse(body))
  const gone = await caller.artifacts.delete(name)
  if (!gone) throw unknown(name)
  return { ok: true, artifact_id: numberOf(gone.id) }
}

/** A job speaks for its own run only, whatever ids it writes. */
function own<T extends z.infer<typeof Ids>>(caller: ArtifactCaller, body: T): T {
  if (body.workflow_run_backend_id === caller.runId) return body
  throw new Failure('not-yours', 'This job may use the artifacts of its own run only')
}

/** 0 when the end is not one as most zips have it. */
function entriesOf(end: Buffer): number {
  const plain = end.length === zipEndBytes && end.readUInt32LE(0) === 0x06054b50
  const entries = plain ? end.readUInt16LE(10) : 0
  return entries === 0xffff ? 0 : entries
}

function unknown(name: string): Failure {
  return new Failure('unknown-artifact', `there is no artifact ${name} in this run`)
}
