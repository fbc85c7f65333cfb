import { CommanderError } from 'commander'
import type { Outcome } from './add-command.ts'
import { createCli } from './cli.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { programFor } from './quick-program.ts'
import { asUsage, reportError } from './report-error.ts'

/** Two of the same signal within this time are one Ctrl-C that came by two ways. */
const sameSignalMs = 300

const interrupt = new AbortController()
let signalCode = 0
let signalledAt = 0
for (const [name, code] of [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(name, () => {
    const now = performance.now()
    // The first asks everything to end in order; whoever asks twice means it.
    if (signalCode !== 0 && now - signalledAt > sameSignalMs) process.exit(code)
    signalCode = code
    signalledAt = now
    interrupt.abort()
  })
}
// Whoever reads may stop reading: `signalbox logs 3 | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const cli = createCli(interrupt.signal)
const outcome: Outcome = { exitCode: exitCodes.ok, json: false }
const args = process.argv.slice(2)
const program = await programFor(cli, outcome, args)

try {
  await program.parseAsync(args.length === 0 ? ['help'] : args, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) {
    outcome.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  } else if (interrupt.signal.aborted) {
    outcome.exitCode = signalCode
  } else {
    const shown = asUsage(error)
    reportError(cli, shown, outcome.json)
    outcome.exitCode = exitCodeOf(shown)
  }
}
const code =
  outcome.exitCode === exitCodes.interrupted ? signalCode || exitCodes.interrupted : outcome.exitCode
// A pipe takes what was written before the process may end.
process.stdout.write('', () => process.exit(code))
