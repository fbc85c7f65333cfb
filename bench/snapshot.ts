import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { npmRegistryWord, withNpmRegistry } from '@signalbox/engine/sandbox/egress/npm-registry.ts'
import { startEgressProxy } from '@signalbox/engine/sandbox/egress/proxy.ts'
import type { SandboxProvider, SandboxSpec } from '@signalbox/engine/sandbox/port.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { type BuiltLayer, buildLayer } from '@signalbox/engine/snapshot/build-layer.ts'
import { thisMachine } from '@signalbox/engine/snapshot/machine.ts'
import { planInstall } from '@signalbox/engine/snapshot/plan-install.ts'
import { type BenchResult, least, median, ms, round } from './figures.ts'

const root = resolve(import.meta.dirname, '..')
const repetitions = 15
const command = 'npm ci --no-audit --no-fund --ignore-scripts'
const limits = { memoryBytes: 2 * 1024 ** 3, pids: 512, cpus: 2, diskBytes: 4 * 1024 ** 3 }

/**
 * The install of this very repository through the proxy, once, and then sandboxes with and without its layer in
 * turns. A restore is what the layer adds to a sandbox, finding it included; beside it
 * stands the whole sandbox, and the plan of the key, which every run pays.
 */
export async function snapshot(): Promise<BenchResult> {
  const folder = await mkdtemp('/tmp/signalbox-bench-')
  await chmod(folder, 0o755)
  try {
    const { provider } = await selectProvider({ dataDir: join(folder, 'data') })
    if (!provider) throw new Error('there is no sandbox on this machine')
    const install = await installOnce(provider, folder)
    const measured = await restoreAgain(provider, install.layer)
    // What the layer adds is a few mounts; by medians the noise of a busy machine would hide it.
    const restoreMs = least(measured.whole) - least(measured.empty)
    const ratio = install.installMs / median(measured.whole)
    return {
      table: [
        [`${round(install.layer.sizeBytes / 1e6)} MB`, 'least', 'median', 'install is'],
        ['install (once)', ms(install.installMs), ms(install.installMs), '1 x'],
        [
          'key from the tree (once)',
          ms(install.planMs),
          ms(install.planMs),
          `${round(install.installMs / install.planMs)} x`,
        ],
        ['what the layer adds', ms(restoreMs), ms(median(measured.whole) - median(measured.empty)), ''],
        [
          'sandbox with the layer',
          ms(least(measured.whole)),
          ms(median(measured.whole)),
          `${round(ratio)} x`,
        ],
        ['sandbox without', ms(least(measured.empty)), ms(median(measured.empty)), ''],
      ],
      figures: {
        installMs: install.installMs,
        planMs: install.planMs,
        restoreMs,
        wholeMs: median(measured.whole),
        emptyMs: median(measured.empty),
        ratio,
        sizeMb: install.layer.sizeBytes / 1e6,
      },
      targets: [
        { what: `the layer adds ${ms(restoreMs)} to a sandbox, under 50 ms`, holds: restoreMs < 50 },
        {
          what: `a restored sandbox ${round(ratio)} x faster than the install, at least 100`,
          holds: ratio >= 100,
        },
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function spec(id: string, more: Partial<SandboxSpec> = {}): SandboxSpec {
  const network = { mode: 'none' as const }
  return { id, ownerId: 'bench', limits, network, env: {}, layers: [], detached: false, ...more }
}

async function installOnce(
  provider: SandboxProvider,
  folder: string,
): Promise<{ layer: BuiltLayer; installMs: number; planMs: number }> {
  const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim()
  const gitDir = resolve(root, git('rev-parse', '--git-common-dir'))
  const commit = git('rev-parse', 'HEAD')
  const began = performance.now()
  const planned = await planInstall({
    gitDir,
    commit,
    step: { number: 1, command, shell: '', workingDirectory: '', env: {} },
    machine: await thisMachine(provider.name),
    allowHosts: [npmRegistryWord],
    // Scripts are left out of the install, so the tree is none of its inputs.
    installInputs: ['package.json'],
  })
  const planMs = performance.now() - began
  if (typeof planned === 'string') throw new Error(planned)
  const socketPath = join(folder, 'egress.sock')
  const allow = await withNpmRegistry([npmRegistryWord])
  const proxy = await startEgressProxy({ socketPath, allow, onRequest: () => {} })
  let output = ''
  try {
    const startedAt = performance.now()
    const built = await buildLayer(provider, {
      spec: spec('bench-install', { network: { mode: 'egress', proxySocket: socketPath } }),
      gitDir,
      commit,
      inputs: planned.inputs,
      layerName: 'bench',
      argv: ['bash', '-e', '/tmp/signalbox/temp/install.sh'],
      script: { path: '/tmp/signalbox/temp/install.sh', text: `${command}\n` },
      exec: {
        timeoutMs: 10 * 60_000,
        onOutput(_, chunk) {
          output = (output + Buffer.from(chunk).toString()).slice(-4000)
        },
      },
    })
    const installMs = performance.now() - startedAt
    if (built.outcome !== 'sealed')
      throw new Error(`the install was not kept: ${JSON.stringify(built)}\n${output}`)
    return { layer: built.layer, installMs, planMs }
  } finally {
    await proxy.close()
  }
}

async function restoreAgain(provider: SandboxProvider, layer: BuiltLayer) {
  const times: Record<'whole' | 'empty', number[]> = { whole: [], empty: [] }
  for (let n = 0; n < repetitions; n++) {
    const empty = await timed(provider, `bench-empty-${n}`, false)
    const whole = await timed(provider, `bench-layer-${n}`, true)
    // The first pair warms the caches of both.
    if (n === 0) continue
    times.empty.push(empty)
    times.whole.push(whole)
  }
  const file = await readThrough(provider, layer)
  if (!file) throw new Error('what was installed is not there')
  return times
}

async function timed(provider: SandboxProvider, id: string, withLayer: boolean): Promise<number> {
  const began = performance.now()
  const path = withLayer ? await provider.findSnapshot('bench') : undefined
  if (withLayer && !path) throw new Error('the layer is gone')
  const sandbox = await provider.create(spec(id, { layers: path ? [path] : [] }))
  const readyMs = performance.now() - began
  await sandbox.destroy()
  return readyMs
}

async function readThrough(provider: SandboxProvider, layer: BuiltLayer): Promise<boolean> {
  const sandbox = await provider.create(spec('bench-read', { layers: [layer.path] }))
  try {
    const found = await sandbox.exec(['test', '-s', 'node_modules/typescript/package.json'], {
      onOutput() {},
    })
    return found.code === 0
  } finally {
    await sandbox.destroy()
  }
}
