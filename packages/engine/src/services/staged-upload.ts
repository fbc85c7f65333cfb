import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '@signalbox/core/base/failure.ts'

/** As Azure has it. */
const maxBlocks = 50_000

/** How many bytes may be staged at a time. */
export interface Budget {
  /** False: that is more than there is room for, and none of it is taken. */
  take(bytes: number): boolean
  give(bytes: number): void
}

/** What a job or an upload may stage; with `within`, of the room that another budget has. */
export function createBudget(limitBytes: number, within?: Budget): Budget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > limitBytes || within?.take(bytes) === false) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
      within?.give(bytes)
    },
  }
}

/** What is known of an object before it is read. */
export interface Expected {
  sizeBytes: number
  /** Lower-case hex; undefined: nobody said. */
  sha256: string | undefined
}

/** One object on its way in: blocks in files of this machine, until it is committed and taken whole. */
export interface StagedUpload {
  /** Takes one block; a second one of its name takes its place. Failures `upload-too-large`, `upload-cut-off`. */
  putBlock(name: string, data: Readable, sizeBytes: number | undefined): Promise<void>
  /** Says of which blocks the object is made, each once, in order. Failure `unknown-block`. */
  commit(names: readonly string[]): void
  /** Bytes of the object; undefined until it is committed. */
  readonly sizeBytes: number | undefined
  /** The object; fails with `upload-differs` before its end when it is not what was said of it. */
  read(expected: Expected): Readable
  /** The last bytes of the object, at most so many of its last block. */
  tail(bytes: number): Promise<Buffer>
  /** Takes away what was staged. */
  discard(): Promise<void>
}

interface Block {
  file: string
  sizeBytes: number
}

/** An upload in a folder of its own, which is made now. */
export async function createStagedUpload(folder: string, budget: Budget): Promise<StagedUpload> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const blocks = new Map<string, Block>()
  let committed: Block[] | undefined
  let count = 0
  return {
    async putBlock(name, data, sizeBytes) {
      if (!blocks.has(name) && blocks.size >= maxBlocks) throw tooLarge()
      count += 1
      const block = await writeBlock(join(folder, String(count)), data, { budget, sizeBytes })
      const old = blocks.get(name)
      blocks.set(name, block)
      if (!old || committed?.includes(old)) return
      budget.give(old.sizeBytes)
      await rm(old.file, { force: true })
    },
    commit(names) {
      if (new Set(names).size < names.length)
        throw new Failure('unknown-block', 'A block stands twice in the list.')
      committed = names.map((name) => {
        const block = blocks.get(name)
        if (block) return block
        throw new Failure('unknown-block', 'A block of this list was never uploaded.')
      })
    },
    get sizeBytes() {
      return committed?.reduce((sum, block) => sum + block.sizeBytes, 0)
    },
    read: (expected) => Readable.from(whole(committed ?? [], expected), { objectMode: false }),
    async tail(bytes) {
      const last = committed?.at(-1)
      if (!last) return Buffer.alloc(0)
      const handle = await open(last.file)
      try {
        const length = Math.min(bytes, last.sizeBytes)
        const { buffer, bytesRead } = await handle.read(
          Buffer.alloc(length),
          0,
          length,
          last.sizeBytes - length,
        )
        return buffer.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    async discard() {
      for (const block of blocks.values()) budget.give(block.sizeBytes)
      blocks.clear()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A file that is whole, or not there. */
async function writeBlock(
  file: string,
  data: Readable,
  { budget, sizeBytes }: { budget: Budget; sizeBytes: number | undefined },
): Promise<Block> {
  let size = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!budget.take(chunk.length)) return done(tooLarge())
      size += chunk.length
      done(null, chunk)
    },
  })
  const part = `${file}.part`
  try {
    await pipeline(data, measure, createWriteStream(part, { mode: 0o600, flags: 'wx' }))
    if (sizeBytes !== undefined && size !== sizeBytes)
      throw new Failure('upload-cut-off', 'The block is cut off.')
    await rename(part, file)
  } catch (error) {
    budget.give(size)
    await rm(part, { force: true })
    throw error
  }
  return { file, sizeBytes: size }
}

async function* whole(blocks: readonly Block[], expected: Expected): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let size = 0
  for (const { file } of blocks) {
    for await (const chunk of createReadStream(file)) {
      const bytes: Buffer = chunk
      hash.update(bytes)
      size += bytes.length
      yield bytes
    }
  }
  const sha256 = hash.digest('hex')
  if (size === expected.sizeBytes && (expected.sha256 === undefined || expected.sha256 === sha256)) return
  throw new Failure(
    'upload-differs',
    `What was uploaded (${size} bytes, SHA-256 ${sha256}) is not what was said of it.`,
  )
}

function tooLarge(): Failure {
  return new Failure('upload-too-large', 'This is more than a job may upload.')
}
