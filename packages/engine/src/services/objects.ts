import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { signBlobUrl } from './signed-url.ts'
import { type Budget, createBudget, createStagedUpload, type StagedUpload } from './staged-upload.ts'

const maxOpenUploads = 16
const maxReadUrls = 2000

/** What a signed URL for reading leads to. */
export type ReadTarget = { artifact: string } | { cache: string }

/** What is said of an upload when it begins. */
export interface UploadFacts {
  mediaType: string
  retentionDays: number | undefined
}

/** The objects that one job uploads and reads by signed URLs. */
export interface Objects {
  /** A URL for one upload; an earlier one for the same purpose is given up. Failure `too-many-uploads`. */
  beginUpload(purpose: string, options: { maxBytes: number; facts: UploadFacts }): Promise<string>
  /** Hands a whole upload to `store`; it is gone afterwards, whatever came of it. Failure `unknown-upload`. */
  takeUpload<T>(purpose: string, store: (upload: StagedUpload, facts: UploadFacts) => Promise<T>): Promise<T>
  readUrl(target: ReadTarget): string
  upload(id: string): StagedUpload | undefined
  target(id: string): ReadTarget | undefined
  /** Takes away what was never finished. */
  close(): Promise<void>
}

interface Pending {
  id: string
  staged: StagedUpload
  facts: UploadFacts
}

/** Objects of one job. `handle` begins their ids; `folder` is the job's own. */
export function createObjects(options: {
  handle: string
  folder: string
  budget: Budget
  key: Buffer
  base: string
  now(): number
}): Objects {
  const { handle, key, base } = options
  const pending = new Map<string, Pending>()
  const targets = new Map<string, ReadTarget>()
  const newId = () => `${handle}-${randomBytes(12).toString('hex')}`
  return {
    async beginUpload(purpose, { maxBytes, facts }) {
      const earlier = pending.get(purpose)
      pending.delete(purpose)
      await earlier?.staged.discard()
      if (pending.size >= maxOpenUploads)
        throw new Failure('too-many-uploads', `A job has at most ${maxOpenUploads} uploads open at a time`)
      const id = newId()
      const staged = await createStagedUpload(
        join(options.folder, id),
        createBudget(maxBytes, options.budget),
      )
      pending.set(purpose, { id, staged, facts })
      return signBlobUrl(key, base, { id, right: 'write', now: options.now() })
    },
    async takeUpload(purpose, store) {
      const found = pending.get(purpose)
      if (found?.staged.sizeBytes === undefined)
        throw new Failure('unknown-upload', `Nothing was uploaded for the ${purpose}`)
      pending.delete(purpose)
      try {
        return await store(found.staged, found.facts)
      } finally {
        await found.staged.discard()
      }
    },
    readUrl(target) {
      const id = newId()
      const [oldest] = targets.keys()
      if (targets.size >= maxReadUrls && oldest !== undefined) targets.delete(oldest)
      targets.set(id, target)
      return signBlobUrl(key, base, { id, right: 'read', now: options.now() })
    },
    upload: (id) => [...pending.values()].find((one) => one.id === id)?.staged,
    target: (id) => targets.get(id),
    async close() {
      for (const { staged } of pending.values()) await staged.discard()
      pending.clear()
      targets.clear()
    },
  }
}
