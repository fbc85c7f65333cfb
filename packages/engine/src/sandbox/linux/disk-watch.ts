import { execFile } from 'node:child_process'
import { requireProgram } from './host.ts'

const MEASURE_MS = 60_000

/** Watches what a sandbox writes; stopped with it. */
export interface DiskWatch {
  /** True from the moment on in which more was found than the limit. */
  exceeded(): boolean
  stop(): void
}

/**
 * Measures folders again and again and calls `onExceeded` once they hold more than the limit. By du(1), which walks
 * by descriptors and follows no link. It measures a twentieth of the time at most. Not a limit of the kernel's: what
 * is written between two looks is there, and deleted files that are held open are not seen.
 */
export function watchDisk(input: {
  folders: string[]
  limitBytes: number
  everyMs: number
  onExceeded: () => void
}): DiskWatch {
  let stopped = false
  let exceeded = false
  let timer: NodeJS.Timeout | undefined
  async function look(): Promise<void> {
    const began = performance.now()
    const bytes = await measure(input.folders)
    if (stopped) return
    if (bytes > input.limitBytes) {
      exceeded = true
      input.onExceeded()
      return
    }
    plan(Math.max(input.everyMs, (performance.now() - began) * 20))
  }
  function plan(ms: number): void {
    timer = setTimeout(() => void look(), ms)
    timer.unref()
  }
  plan(input.everyMs)
  return {
    exceeded: () => exceeded,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Bytes that these folders take on their disk; what cannot be read counts nothing. */
function measure(folders: string[]): Promise<number> {
  const argv = ['-x', '-s', '-c', '--block-size=1', '--', ...folders]
  const options = { env: { LC_ALL: 'C' }, timeout: MEASURE_MS, maxBuffer: 1 << 20 }
  return new Promise((resolve) => {
    // Files come and go while it walks: its exit code says so, its last line is the sum all the same.
    execFile(requireProgram('du'), argv, options, (_error, stdout) => {
      const total = /^(\d+)\ttotal$/m.exec(stdout)?.[1]
      resolve(Number(total ?? 0))
    })
  })
}
