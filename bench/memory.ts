import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPlatform } from '@signalbox/testing/platform.ts'
import { type BenchResult, round } from './figures.ts'

const idleMs = 30_000
const targetMb = 500

/** What an installation that nobody uses takes: the proportional share (PSS) of every process of it. */
export async function memory(): Promise<BenchResult> {
  const platform = await startPlatform()
  try {
    await sleep(idleMs)
    const parts = new Map<string, { processes: number; mb: number }>()
    for (const pid of await pidsOf(platform.dataDir)) {
      const { name, mb } = await measure(pid, platform.dataDir)
      const part = parts.get(name) ?? { processes: 0, mb: 0 }
      parts.set(name, { processes: part.processes + 1, mb: part.mb + mb })
    }
    const baseline = await bareNode()
    const total = [...parts.values()].reduce((sum, part) => sum + part.mb, 0)
    const rows = [...parts].map(([name, part]) => [name, `${part.processes}`, `${Math.round(part.mb)} MB`])
    return {
      table: [
        ['', 'processes', 'PSS'],
        ...rows,
        [
          'all',
          `${[...parts.values()].reduce((sum, part) => sum + part.processes, 0)}`,
          `${Math.round(total)} MB`,
        ],
        ['a bare Node that waits', '1', `${Math.round(baseline)} MB`],
      ],
      figures: { totalMb: total, bareNodeMb: baseline, ratio: total / baseline },
      targets: [
        {
          what: `${Math.round(total)} MB in all, under ${targetMb} MB`,
          holds: total > 0 && total < targetMb,
        },
      ],
    }
  } finally {
    await platform.destroy()
  }
}

/** Processes whose command line or environment names the data folder, and what they started. */
async function pidsOf(dataDir: string): Promise<number[]> {
  const parents = new Map<number, number>()
  const ours = new Set<number>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const pid = Number(entry)
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    const text = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    )
    if (pid !== process.pid && text.some((each) => each.includes(dataDir))) ours.add(pid)
  }
  let grown = true
  while (grown) {
    grown = false
    for (const [pid, parent] of parents) {
      if (ours.has(pid) || !ours.has(parent)) continue
      ours.add(pid)
      grown = true
    }
  }
  return [...ours]
}

async function measure(pid: number, dataDir: string): Promise<{ name: string; mb: number }> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const mb = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const line = argv.join(' ').replaceAll(dataDir, '')
  if (/postgres/.test(line)) return { name: 'postgresql', mb }
  const main = argv.findIndex((argument) => argument.endsWith('main.ts'))
  return { name: (main >= 0 && argv[main + 1]) || (/ingress/.test(line) ? 'ingress' : 'other'), mb }
}

/** What Node alone takes on this machine. */
async function bareNode(): Promise<number> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  await sleep(1000)
  const { mb } = child.pid === undefined ? { mb: Number.NaN } : await measure(child.pid, '')
  child.kill()
  return round(mb)
}
