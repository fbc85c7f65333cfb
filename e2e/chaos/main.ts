import { parseArgs } from 'node:util'
import { runScenario } from './scenario.ts'

/** Kills of one run of the flow; more of them make more runs, each on a fresh platform. */
const killsPerRun = 8

const { values } = parseArgs({
  options: { seed: { type: 'string' }, kills: { type: 'string', default: '50' } },
})
const first = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const wanted = Number(values.kills)
if (!Number.isInteger(first) || !Number.isInteger(wanted) || wanted < 1) {
  process.stderr.write('usage: npm run chaos [-- --seed N --kills 50]\n')
  process.exit(2)
}

const say = (text: string) => process.stdout.write(`${text}\n`)
const total = { runs: 0, kills: 0, requests: 0, faults: 0, slowestMs: 0 }
for (let seed = first, left = wanted; left > 0; seed++) {
  const result = await runScenario({ seed, kills: Math.min(left, killsPerRun), say })
  const seconds = (result.flowMs / 1000).toFixed(1)
  say(
    `seed ${seed}: ${result.faults.length === 0 ? 'right' : 'WRONG'} after ${result.kills} kills; ` +
      `flow ${seconds} s, ${result.requests} requests (slowest ${result.slowestMs} ms), ` +
      `${result.attempts} attempts at counting, ${result.reconnects} reconnects`,
  )
  for (const fault of result.faults) say(`  FAULT ${fault}`)
  if (result.faults.length > 0)
    say(`  data kept in ${result.dataDir}, what it printed in ${result.dataDir}/output.log`)
  // What was on its way back already could not be killed: it is made up for.
  left -= Math.max(1, result.kills)
  total.runs++
  total.kills += result.kills
  total.requests += result.requests
  total.faults += result.faults.length
  total.slowestMs = Math.max(total.slowestMs, result.slowestMs)
}
say(
  `chaos: ${total.runs} runs from seed ${first}, ${total.kills} kills, ${total.requests} requests ` +
    `(slowest ${total.slowestMs} ms), ${total.faults} faults`,
)
process.exit(total.faults === 0 ? 0 : 1)
