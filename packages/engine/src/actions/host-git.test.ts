import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findProgram } from '../sandbox/linux/host.ts'
import { git, startGit } from './host-git.ts'

const gitDir = mkdtempSync(join(tmpdir(), 'signalbox-host-git-'))
beforeAll(() => void execFileSync('git', ['init', '-q', '--bare', gitDir]))
afterAll(() => rmSync(gitDir, { recursive: true, force: true }))

/** Type and size as a pack writes them before an object: gitformat-pack(5). */
function head(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128
    bytes.push(rest & 127)
  }
  return Buffer.from(bytes)
}

function varint(size: number): number[] {
  const bytes: number[] = []
  let rest = size
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}

/** A pack of some kilobytes: one file of zeros, and a delta that repeats it until it has `times` as many. */
function bomb(baseBytes: number, times: number): Buffer {
  const base = Buffer.alloc(baseBytes)
  const id = createHash('sha1').update(`blob ${baseBytes}\0`).update(base).digest()
  const copyAll = [0x80 | 0x10 | 0x20 | 0x40, baseBytes & 255, (baseBytes >> 8) & 255, baseBytes >> 16]
  const repeated = Array.from({ length: times }, () => copyAll).flat()
  const delta = Buffer.from([...varint(baseBytes), ...varint(baseBytes * times), ...repeated])
  const body = Buffer.concat([
    Buffer.from('PACK\0\0\0\x02\0\0\0\x02', 'latin1'),
    ...[head(3, baseBytes), deflateSync(base), head(7, delta.length), id, deflateSync(delta)],
  ])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

async function importing(pack: Buffer): Promise<void> {
  const running = startGit(gitDir, ['index-pack', '--stdin', '--strict'])
  running.stdout.resume()
  running.stdin.end(pack)
  await running.done
}

it('takes a pack that is small when unfolded', async () => {
  await importing(bomb(65_000, 3))
})

it.skipIf(findProgram('prlimit') === undefined)(
  'ends at a pack of a few kilobytes that unfolds to gigabytes',
  async () => {
    const pack = bomb(0xff_ff_ff, 200)
    expect(pack.length).toBeLessThan(50_000)
    await expect(importing(pack)).rejects.toMatchObject({ code: 'git-limit' })
  },
)

it('ends a git that does not end by itself', async () => {
  const running = startGit(gitDir, ['cat-file', '--batch'])
  running.stdout.resume()
  running.endWithin(50)
  await expect(running.done).rejects.toMatchObject({
    code: 'git-limit',
    message: 'git cat-file took longer than 0.05 s',
  })
})

it('ends with its caller', async () => {
  const abort = new AbortController()
  const running = startGit(gitDir, ['cat-file', '--batch'], { signal: abort.signal })
  running.stdout.resume()
  abort.abort()
  await expect(running.done).rejects.toMatchObject({ code: 'git-cancelled' })
  await expect(git(gitDir, ['version'], { signal: abort.signal })).rejects.toMatchObject({
    code: 'git-cancelled',
  })
})
