import { statfs } from 'node:fs/promises'
import type { Config } from '../config.ts'

/** The disk of the data folder now. */
export interface DiskSpace {
  freeBytes: number
  /** Less than SIGNALBOX_MIN_FREE_MB: no new job is taken. */
  low: boolean
  /** For people. */
  detail: string
}

/** Asks the file system; bytes that are kept for root do not count. */
export async function diskSpace(config: Pick<Config, 'dataDir' | 'minFreeBytes'>): Promise<DiskSpace> {
  const { bavail, bsize } = await statfs(config.dataDir)
  const freeBytes = bavail * bsize
  const low = freeBytes < config.minFreeBytes
  const free = sizeOf(freeBytes)
  const detail = low
    ? `${free} free in ${config.dataDir}, less than ${sizeOf(config.minFreeBytes)}: no new job is taken until there is room. Delete something there, or lower SIGNALBOX_MIN_FREE_MB.`
    : `${free} free`
  return { freeBytes, low, detail }
}

function sizeOf(bytes: number): string {
  const megabytes = bytes / 1024 ** 2
  return megabytes < 1024 ? `${Math.floor(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}
