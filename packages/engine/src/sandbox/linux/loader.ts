import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '@signalbox/core/base/failure.ts'

const HEAD_BYTES = 64 * 1024
const PT_INTERP = 3

/** The dynamic loader that a 64-bit little-endian ELF program names (elf(5), PT_INTERP). Throws `sandbox-node`. */
export async function loaderOf(program: string): Promise<string> {
  const file = await open(program)
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    const path = interpreterIn(head.subarray(0, bytesRead))
    if (path !== undefined) return path
  } finally {
    await file.close()
  }
  throw new Failure('sandbox-node', `${program} is no program that names a dynamic loader.`, {
    hint: 'Run Signalbox with the Node that nodejs.org or npm hands out.',
  })
}

function interpreterIn(head: Buffer): string | undefined {
  const isElf = head.length > 64 && head.readUInt32BE(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1
  if (!isElf) return undefined
  const table = Number(head.readBigUInt64LE(32))
  const size = head.readUInt16LE(54)
  for (let n = 0; n < head.readUInt16LE(56); n++) {
    const at = table + n * size
    if (at + 56 > head.length) return undefined
    if (head.readUInt32LE(at) !== PT_INTERP) continue
    const start = Number(head.readBigUInt64LE(at + 8))
    const length = Number(head.readBigUInt64LE(at + 32))
    if (start + length > head.length) return undefined
    return head.toString('utf8', start, start + length - 1)
  }
  return undefined
}

/**
 * A copy of Node's loader that may be run and not read. A process that was started from such a file is not
 * dumpable: nobody with its user can trace it or open its memory or descriptors (ptrace(2), begin_new_exec in
 * the kernel's fs/exec.c). Our init is started by it, the steps by the ordinary one.
 */
export async function placeUnreadableLoader(node: string, target: string): Promise<void> {
  await copyFile(await loaderOf(node), target)
  await chmod(target, 0o111)
}

/**
 * The libraries that Node is linked against, and its loader beside them, for images that have others or none. Without
 * them only containers do not work, and those say so.
 */
export async function placeLibraries(node: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const loader = await loaderOf(node)
  const { stdout } = await promisify(execFile)(loader, ['--list', node], { env: {} }).catch(() => ({
    stdout: '',
  }))
  for (const [, path = ''] of stdout.matchAll(/=> (\/\S+) \(/g)) {
    await copyFile(path, join(folder, basename(path)))
  }
  await copyFile(loader, join(folder, 'loader'))
  await chmod(join(folder, 'loader'), 0o755)
}
