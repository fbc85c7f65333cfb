// npm run test:actions -- --actions-dir DIR: GitHub's own actions, unmodified, in workflows run by `signalbox run`.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type ActionCase, actionCases } from './actions-cases.ts'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { 'actions-dir': { type: 'string' }, only: { type: 'string' } } })
const given = values['actions-dir'] ?? process.env['SIGNALBOX_ACTIONS_DIR']
if (!given) {
  process.stderr.write('Name a folder of checkouts: npm run test:actions -- --actions-dir DIR\n')
  process.exit(2)
}
const folder = resolve(given)
const failed: string[] = []
const missing: string[] = []
let passed = 0
for (const one of actionCases.filter(({ action }) => !values.only || action.endsWith(values.only))) {
  const refs = refsOf(one.action)
  if (refs.length === 0) missing.push(one.action)
  for (const ref of refs) {
    const since = performance.now()
    const { code, text } = await tryOut(one, ref)
    const took = `${((performance.now() - since) / 1000).toFixed(1)} s`
    if (code === 0) passed += 1
    else failed.push(`${one.action}@${ref}`)
    process.stdout.write(`${code === 0 ? '✓' : '×'} ${one.action}@${ref} ${took}\n`)
    if (code !== 0) process.stdout.write(text.replace(/^/gm, '    '))
  }
}
for (const action of missing) {
  process.stdout.write(`- ${action} was not tried: there is no checkout ${join(folder, action)}@REF\n`)
}
process.stdout.write(`${passed} passed, ${failed.length} failed, ${missing.length} missing\n`)
process.exit(failed.length > 0 ? 1 : passed === 0 ? 3 : 0)

function refsOf(action: string): string[] {
  const [owner = '', repo = ''] = action.split('/')
  const names = existsSync(join(folder, owner)) ? readdirSync(join(folder, owner)) : []
  return names
    .flatMap((name) => (name.startsWith(`${repo}@`) ? [name.slice(repo.length + 1)] : []))
    .toSorted()
}

async function tryOut(one: ActionCase, ref: string): Promise<{ code: number; text: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-actions-test-'))
  try {
    mkdirSync(join(dir, 'app/.git'), { recursive: true })
    mkdirSync(join(dir, 'app/.signalbox/workflows'), { recursive: true })
    await ended('git', ['init', '-q', join(dir, 'app')])
    writeFileSync(join(dir, 'app/.signalbox/workflows/test.yml'), workflowOf(one, ref))
    const program = [
      '--import',
      join(root, 'tools/json-modules.mjs'),
      join(root, 'packages/client/src/cli/main.ts'),
    ]
    const args = [...program, 'run', '--actions-dir', folder, '--dir', join(dir, 'app')]
    return await ended(process.execPath, args, {
      SIGNALBOX_DATA_DIR: join(dir, 'data'),
      SIGNALBOX_ACTIONS_URL: 'off',
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function workflowOf({ steps, later }: ActionCase, ref: string): string {
  const job = (name: string, text: string, needs = '') =>
    `  ${name}:\n    runs-on: ubuntu-latest\n${needs}    steps:\n${text.trim().replace(/^/gm, '      ')}\n`
  return `on: push\njobs:\n${job('first', steps(ref))}${later ? job('second', later(ref), '    needs: first\n') : ''}`
}

function ended(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const add = (chunk: Buffer) => {
    text += chunk.toString()
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  return new Promise((done) => child.once('close', (code) => done({ code: code ?? 128, text })))
}
