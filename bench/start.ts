import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { startPlatform } from '@signalbox/testing/platform.ts'
import { type BenchResult, least, median, ms, round } from './figures.ts'

const warmStarts = 3
const creations = 20

/** How long a person waits: for a start on data that is there, and from the first goal to "deployed". */
export async function start(): Promise<BenchResult> {
  const coldAt = performance.now()
  const platform = await startPlatform()
  const coldMs = performance.now() - coldAt
  try {
    const clicked = performance.now()
    const begun = await platform.call('createChange', {
      params: { project: 'sample' },
      body: { goal: 'Show long waits in days' },
    })
    const change = await platform.waitForChange(begun.id, (now) => now.status === 'completed')
    const deployedMs = performance.now() - clicked
    if (change.conclusion !== 'deployed') throw new Error(`the first goal ended as ${change.conclusion}`)
    const warm: number[] = []
    for (let n = 0; n < warmStarts; n++) {
      await platform.stop()
      const started = performance.now()
      await platform.start()
      warm.push(performance.now() - started)
    }
    const sandbox = await createSandboxes()
    return {
      table: [
        ['', 'least', 'median'],
        ['first start, database made', ms(coldMs), ms(coldMs)],
        ['warm start to a healthy answer', ms(least(warm)), ms(median(warm))],
        ['first click to "deployed"', ms(deployedMs), ms(deployedMs)],
        ['sandbox: create', ms(least(sandbox.create)), ms(median(sandbox.create))],
        ['sandbox: destroy', ms(least(sandbox.destroy)), ms(median(sandbox.destroy))],
      ],
      figures: {
        firstStartMs: coldMs,
        warmStartMs: median(warm),
        deployedMs,
        sandboxCreateMs: median(sandbox.create),
        sandboxCreateLeastMs: least(sandbox.create),
        sandboxDestroyMs: median(sandbox.destroy),
      },
      targets: [
        {
          what: `the first click to "deployed" took ${round(deployedMs / 1000)} s, under 30 s`,
          holds: deployedMs < 30_000,
        },
        {
          what: `a warm start answers after ${round(median(warm) / 1000)} s, under 3 s`,
          holds: median(warm) < 3_000,
        },
      ],
    }
  } finally {
    await platform.destroy()
  }
}

async function createSandboxes() {
  const folder = await mkdtemp('/tmp/signalbox-bench-')
  const found = { create: [] as number[], destroy: [] as number[] }
  try {
    const { provider, capabilities } = await selectProvider({ dataDir: join(folder, 'data') })
    if (!provider) throw new Error(capabilities.reason)
    for (let n = 0; n < creations; n++) {
      const started = performance.now()
      const sandbox = await provider.create({
        id: `bench-${process.pid}-${n}`,
        ownerId: 'bench',
        limits: { memoryBytes: 1024 ** 3, pids: 256, cpus: 2, diskBytes: 1024 ** 3 },
        network: { mode: 'none' },
        env: {},
        layers: [],
        detached: false,
      })
      const created = performance.now()
      await sandbox.destroy()
      found.create.push(created - started)
      found.destroy.push(performance.now() - created)
    }
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
