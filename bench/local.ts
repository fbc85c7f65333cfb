import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type BenchResult, least, median, ms, round } from './figures.ts'
import { type FlowName, flows, makeCheckouts } from './local-flows.ts'

const repetitions = 5
const peerVersion = '4.75.1'
const peerLimitMs = 60_000
const entry = resolve(import.meta.dirname, '../packages/client/bin/signalbox.mjs')

type Side = 'bash' | 'peer' | 'host' | 'bubblewrap'

/** Whole command lines, from the start of the process to its end, in turns: ours, gitlab-ci-local's, and bare bash. */
export async function local(): Promise<BenchResult> {
  const folder = await mkdtemp('/tmp/signalbox-bench-')
  try {
    const peer = await installPeer(folder)
    const found = new Map<FlowName, Record<Side, number[]>>()
    for (const [index, name] of Object.keys(flows).filter(isFlow).entries()) {
      found.set(name, await measure(join(folder, `flow${index}`), name, { folder, peer }))
    }
    return resultOf(found)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isFlow(name: string): name is FlowName {
  return Object.hasOwn(flows, name)
}

/** From the registry that npm uses, into our own folder: it is no part of this repository. */
async function installPeer(folder: string): Promise<string> {
  const run = promisify(execFile)
  await run('rsync', ['--version']).catch(() => {
    throw new Error('gitlab-ci-local needs rsync, and it is not installed here; install it and try again.')
  })
  const target = `gitlab-ci-local@${peerVersion}`
  await run('npm', ['install', '--prefix', join(folder, 'npm'), '--no-audit', '--no-fund', target]).catch(
    (cause: unknown) => {
      throw new Error(
        `${target} could not be installed from npm's registry, so there is nothing to compare with.`,
        {
          cause,
        },
      )
    },
  )
  return join(folder, 'npm/node_modules/gitlab-ci-local/dist/index.js')
}

async function measure(top: string, name: FlowName, at: { folder: string; peer: string }) {
  await mkdir(top)
  const { ours, peer, bare } = await makeCheckouts(top, flows[name])
  const run = (sandbox: string) => [process.execPath, entry, 'run', '--sandbox', sandbox]
  const sides: Record<Side, { argv: string[]; cwd: string; limitMs?: number }> = {
    bash: { argv: ['bash', bare], cwd: top },
    peer: { argv: [process.execPath, at.peer, '--force-shell-executor'], cwd: peer, limitMs: peerLimitMs },
    host: { argv: run('host'), cwd: ours },
    bubblewrap: { argv: run('bubblewrap'), cwd: ours },
  }
  const found: Record<Side, number[]> = { bash: [], peer: [], host: [], bubblewrap: [] }
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const side of ['bash', 'peer', 'host', 'bubblewrap'] as const) {
      // What did not end once does not end the next time, and the sandbox is shown, not compared.
      if (found[side].includes(Number.POSITIVE_INFINITY)) continue
      if (side === 'bubblewrap' && repetition > 2) continue
      const took = await time(sides[side], join(at.folder, 'data'))
      // The first round warms the file cache and what Node compiles, for all sides.
      if (repetition > 0 || took === Number.POSITIVE_INFINITY) found[side].push(took)
    }
  }
  return found
}

/** Milliseconds of a whole process; infinity when it was ended at the limit. */
async function time(
  { argv, cwd, limitMs }: { argv: string[]; cwd: string; limitMs?: number },
  dataDir: string,
): Promise<number> {
  const [program = '', ...args] = argv
  const started = performance.now()
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, SIGNALBOX_DATA_DIR: dataDir, NO_COLOR: '1' },
    // Both are watched by a pipe, as in a script.
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let words = ''
  child.stdout.on('data', () => {})
  child.stderr.on('data', (chunk) => {
    words = (words + String(chunk)).slice(-2000)
  })
  let ended = false
  const timer = limitMs === undefined ? undefined : setTimeout(() => end(), limitMs)
  function end(): void {
    ended = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const code = await new Promise<number | null>((done, reject) =>
    child.once('error', reject).once('close', done),
  )
  clearTimeout(timer)
  if (ended) return Number.POSITIVE_INFINITY
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${words}`)
  return performance.now() - started
}

function resultOf(found: ReadonlyMap<FlowName, Record<Side, number[]>>): BenchResult {
  const of = (name: FlowName, side: Side) => median(found.get(name)?.[side] ?? [])
  const against = (name: FlowName) => of(name, 'host') / of(name, 'peer')
  const cell = (value: number) => (value === Number.POSITIVE_INFINITY ? 'over 60 s' : ms(value))
  const dense = of('dense 10 x 10 jobs', 'host') / of('grid of 10 x 10 jobs', 'host')
  const names = [...found.keys()]
  const figures = names.flatMap((name, index): [string, number][] => {
    const key = ['steps', 'jobs', 'grid', 'dense'][index] ?? ''
    const sides = (['bash', 'peer', 'host', 'bubblewrap'] as const).filter((side) =>
      Number.isFinite(of(name, side)),
    )
    return [
      ...sides.map((side): [string, number] => [
        `${key}${side[0]?.toUpperCase()}${side.slice(1)}Ms`,
        of(name, side),
      ]),
      [`${key}HostLeastMs`, least(found.get(name)?.host ?? [])],
      [`${key}Ratio`, against(name)],
    ]
  })
  const target = (name: FlowName, most: number) => ({
    what: `${name}: ${round(against(name))} x of gitlab-ci-local, at most ${most} x`,
    holds: against(name) <= most,
  })
  return {
    table: [
      [
        'whole process, median',
        'bash',
        `gitlab-ci-local ${peerVersion}`,
        'host',
        'of the peer',
        'bubblewrap',
      ],
      ...names.map((name) => [
        name,
        ...(['bash', 'peer', 'host'] as const).map((side) => cell(of(name, side))),
        `${round(against(name))} x`,
        cell(of(name, 'bubblewrap')),
      ]),
    ],
    figures: { ...Object.fromEntries(figures), denseOfGrid: dense },
    targets: [
      target('100 steps in one job', 1),
      target('100 jobs of one step', 0.5),
      target('grid of 10 x 10 jobs', 0.5),
      { what: `the dense jobs take ${round(dense)} x of the grid, at most 2 x`, holds: dense <= 2 },
    ],
  }
}
