import { parentPort, Worker, workerData } from 'node:worker_threads'
import { seedOf } from '@signalbox/engine/job/log/random.fixture.ts'
import { type Found, fuzz, runCase } from './fuzz.ts'
import { targets } from './targets.ts'

/**
 * `npm run fuzz -- [SECONDS]` (60), or `npm run fuzz -- --seed N TARGET` for one case again. The cases run in a thread
 * of their own, so that one that never ends is told by its seed, too.
 */
const hangMs = 20_000

if (parentPort) {
  const port = parentPort
  const { seed, ms, place }: { seed: number; ms: number; place: Int32Array } = workerData
  const names = Object.keys(targets)
  const outcome = fuzz(targets, {
    seed,
    ms,
    onCase(target, caseSeed) {
      Atomics.store(place, 0, names.indexOf(target))
      Atomics.store(place, 1, caseSeed)
      Atomics.add(place, 2, 1)
    },
  })
  port.postMessage(outcome)
} else {
  const [first, ...rest] = process.argv.slice(2)
  if (first === '--seed') again(Number(rest[0]), rest[1] ?? '')
  else run(Number(first ?? 60))
}

function again(seed: number, name: string): void {
  const target = targets[name]
  if (!target || !Number.isInteger(seed)) {
    process.stderr.write(`npm run fuzz -- --seed N TARGET; targets: ${Object.keys(targets).join(', ')}\n`)
    process.exit(2)
  }
  end(runCase(name, target, seed))
}

function run(seconds: number): void {
  const seed = seedOf()
  const place = new Int32Array(new SharedArrayBuffer(12))
  process.stdout.write(`fuzzing ${Object.keys(targets).length} targets for ${seconds} s from seed ${seed}\n`)
  const worker = new Worker(new URL(import.meta.url), { workerData: { seed, ms: seconds * 1000, place } })
  let seen = -1
  const watch = setInterval(() => {
    const now = Atomics.load(place, 2)
    if (now !== seen || now === 0) {
      seen = now
      return
    }
    const target = Object.keys(targets)[Atomics.load(place, 0)] ?? ''
    end({ target, seed: Atomics.load(place, 1), input: '', problem: `it did not end within ${hangMs} ms` })
  }, hangMs)
  worker.on('message', ({ cases, found }: { cases: number; found?: Found }) => {
    clearInterval(watch)
    if (!found) process.stdout.write(`${cases} cases, nothing found\n`)
    end(found)
  })
  worker.on('error', (error) => {
    throw error
  })
}

function end(found: Found | undefined): never {
  if (!found) process.exit(0)
  const { target, seed, input, problem } = found
  process.stdout.write(`${target}: ${problem}\ninput: ${JSON.stringify(input)}\n`)
  process.stdout.write(`again: npm run fuzz -- --seed ${seed} ${JSON.stringify(target)}\n`)
  process.exit(1)
}
