import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyCgroup, findCgroups, makeCgroup } from './cgroup.ts'

const limits = { memoryBytes: 64 << 20, pids: 16, cpus: 1, diskBytes: 1 << 20 }
const roots = await findCgroups()
const cpu = roots?.version === 1 ? roots.folders.cpu : undefined

test.skipIf(cpu === undefined)('a share of the processor above our own is left to our own', async () => {
  const bounded = join(cpu ?? '', `signalbox-test-${process.pid}`)
  mkdirSync(bounded)
  try {
    writeFileSync(join(bounded, 'cpu.cfs_quota_us'), '20000')
    const group = await makeCgroup({ version: 1, folders: { cpu: bounded } }, 'within', limits)
    expect(await emptyCgroup(group, 5_000)).toBe(true)
  } finally {
    rmdirSync(bounded)
  }
})

test.skipIf(roots?.folders.pids === undefined)('groups whose limits are refused are removed', async () => {
  if (!roots) return
  const id = `refused-${process.pid}`
  await expect(makeCgroup(roots, id, { ...limits, pids: Number.NaN })).rejects.toThrow()
  expect(
    Object.values(roots.folders).filter((folder) => existsSync(join(folder, `signalbox-${id}`))),
  ).toEqual([])
})
