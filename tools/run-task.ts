import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `npm test` and its relatives, under Node 24 with everything installed. */
const root = join(import.meta.dirname, '..')
const node = process.execPath
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const results = mkdtempSync(join(tmpdir(), 'signalbox-test-'))
// Not every task ends by `finish`.
process.on('exit', () => rmSync(results, { recursive: true, force: true }))
const totals = { passed: 0, failed: 0 }

function run(command: string, args: string[], extra: Record<string, string> = {}): boolean {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...extra } })
  // Whoever was killed, for its memory most often, could not say so itself.
  if (result.signal) process.stdout.write(`${command} was ended by ${result.signal}\n`)
  return result.status === 0
}

/** A check that passes or fails as a whole. */
function check(name: string, [command, args]: [string, string[]]): void {
  process.stdout.write(`\n== ${name}\n`)
  const ok = run(command, args)
  totals[ok ? 'passed' : 'failed'] += 1
  if (!ok) process.stdout.write(`${name}: FAILED\n`)
}

/** Parts of the test suite in one run, which shares what it compiled; tests are counted from vitest's own report. */
function vitest(...projects: string[]): void {
  process.stdout.write(`\n== ${projects.join(' and ')} tests\n`)
  const report = join(results, `${projects.join('-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const named = projects.flatMap((project) => ['--project', project])
  const ok = run(bin('vitest'), ['run', ...named, '--passWithNoTests', ...reporters])
  const counted: { numPassedTests: number; numFailedTests: number } | undefined = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : undefined
  totals.passed += counted?.numPassedTests ?? 0
  totals.failed += counted?.numFailedTests ?? 0
  // A file that does not load, or a run that breaks off, has no failed test to count.
  if (!ok && !counted?.numFailedTests) totals.failed += 1
}

function script(path: string, ...args: string[]): [string, string[]] {
  return [node, ['--import', join(root, 'tools/json-modules.mjs'), join(root, path), ...args]]
}

function checks(): void {
  // One checker needs 1.1 GB and the least of the processor; four need 2.1 GB, more than a sandbox of ours has.
  check('types', [bin('tsc'), ['-p', 'tsconfig.json', '--checkers', '1']])
  check('lint', [bin('biome'), ['check', '--error-on-warnings', '.']])
  check('rooms', script('tools/check-rooms.ts'))
  check('sources', script('tools/check-sources.ts'))
  check('licences', script('tools/check-licences.ts'))
}

/** What a person runs after every edit: nothing in it starts a database, a shell or a browser of its own. */
function fast(): void {
  checks()
  vitest('unit', 'database')
}

function build(): void {
  check('first load of the dashboard', script('tools/check-bundle.ts'))
  check('dashboard build', [bin('vite'), ['build', 'packages/web', '--logLevel', 'warn']])
}

function all(): void {
  fast()
  check('system packages for tests', script('tools/test-machine.ts'))
  build()
  check('fuzzer', script('tools/fuzz/main.ts', '40'))
  vitest('process')
  vitest('sandbox')
  vitest('e2e')
  vitest('browser')
}

/** Ends the database server that test runs share and leave to the next one; with DATABASE_URL there is none. */
async function stopTestDatabase(): Promise<void> {
  const { stopTestPostgres } = await import('@signalbox/testing/postgres-template.ts')
  await stopTestPostgres()
}

function finish(): never {
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`)
  process.exit(totals.failed === 0 ? 0 : 1)
}

/** The tests with real sandboxes are among those that count. */
const coverage = ['--project', 'unit', '--project', 'process', '--project', 'sandbox', '--coverage.enabled']

const [task = 'test', ...rest] = process.argv.slice(2)
const tasks: Record<string, () => void | Promise<void>> = {
  'stop-database': stopTestDatabase,
  test: () => {
    all()
    finish()
  },
  fast: () => {
    fast()
    finish()
  },
  checks: () => {
    checks()
    finish()
  },
  build: () => {
    build()
    finish()
  },
  golden: () => {
    run(...script('tools/check-rooms.ts', '--write'))
    run(bin('vitest'), ['run', '--project', 'unit', '--project', 'database'], { UPDATE_GOLDEN: '1' })
  },
  fuzz: () => process.exit(run(...script('tools/fuzz/main.ts', ...rest)) ? 0 : 1),
  bench: () => process.exit(run(...script('bench/main.ts', ...rest)) ? 0 : 1),
  actions: () => process.exit(run(...script('tools/test-actions.ts', ...rest)) ? 0 : 1),
  mutation: () => process.exit(run(bin('stryker'), ['run', 'tools/stryker.config.mjs', ...rest]) ? 0 : 1),
  coverage: () => process.exit(run(bin('vitest'), ['run', ...coverage, ...rest]) ? 0 : 1),
  chaos: () => process.exit(run(...script('e2e/chaos/main.ts', ...rest)) ? 0 : 1),
}
const chosen = tasks[task]
if (!chosen) {
  process.stderr.write(`There is no task "${task}": ${Object.keys(tasks).join(', ')}\n`)
  process.exit(2)
}
await chosen()
