import { benchmarks } from './benchmarks.ts'
import { holds, printResult } from './figures.ts'

const [name, ...rest] = process.argv.slice(2)
const chosen = name === 'all' ? Object.keys(benchmarks) : name ? [name, ...rest] : []
const unknown = chosen.filter((candidate) => !Object.hasOwn(benchmarks, candidate))
if (chosen.length === 0 || unknown.length > 0) {
  for (const wrong of unknown) process.stderr.write(`There is no benchmark "${wrong}".\n`)
  process.stdout.write('npm run bench -- NAME\n')
  for (const [each, { proves }] of Object.entries(benchmarks))
    process.stdout.write(`  ${each.padEnd(12)} ${proves}\n`)
  process.stdout.write(`  ${'all'.padEnd(12)} all of them, one after the other\n`)
  process.exit(unknown.length > 0 ? 2 : 0)
}

let missed = false
for (const each of chosen) {
  const result = await benchmarks[each]?.run()
  if (!result) continue
  printResult(each, result)
  missed ||= !holds(result)
}
process.exit(missed ? 1 : 0)
