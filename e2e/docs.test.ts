import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Block, isShell, readDocs, reasonNotRun } from '../tools/docs/read-docs.ts'
import { git, writeFiles } from './small-project.ts'

const root = resolve(import.meta.dirname, '..')
const guide = 'docs/guide'
/** What a reader does first stands first: the sample, then a repository of one's own; its removal comes last. */
const first = [`${guide}/getting-started.md`, 'README.md']
const last = [`${guide}/repositories.md`, `${guide}/projects-and-settings.md`]
/** Blocks that end with another code than 0, and say so in the text around them. */
const ends: Record<string, number> = { 'Report the tide': 1 }

let home: string
let platform: Platform

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'signalbox-docs-'))
  platform = await startPlatform()
  const bin = join(home, 'bin')
  await mkdir(bin)
  const entry = join(root, 'packages/client/bin/signalbox.mjs')
  await writeFile(join(bin, 'signalbox'), `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`, {
    mode: 0o755,
  })
  await makeShop()
  // The command that the README calls my-agent: any that reads a goal and edits files.
  const tools = join(platform.dataDir, 'agents', 'bin')
  await mkdir(tools, { recursive: true })
  await writeFile(join(tools, 'my-agent'), '#!/bin/sh\ncat "$2" >> NOTES.md\n', { mode: 0o755 })
  for (const folder of [join(platform.dataDir, 'agents'), tools]) await chmod(folder, 0o755)
})
afterAll(async () => {
  await platform?.destroy()
  await rm(home, { recursive: true, force: true })
})

async function makeShop(): Promise<void> {
  const shop = join(home, 'code', 'shop')
  const manifest = { name: 'shop', version: '1.0.0', private: true }
  const scripts = { start: 'node server.js', test: 'node --check server.js' }
  const lock = { ...manifest, lockfileVersion: 3, requires: true, packages: { '': manifest } }
  await writeFiles(shop, {
    'package.json': JSON.stringify({ ...manifest, scripts }),
    'package-lock.json': JSON.stringify(lock),
    'server.js':
      "require('node:http').createServer((_, answer) => answer.end('open')).listen(process.env.PORT)\n",
    'README.md': '# Shop\n',
    '.signalbox/workflows/validate.yml':
      'name: Validate\non: pull_request\njobs:\n  validate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm test\n',
  })
  await git(shop, 'init', '-q', '-b', 'main')
  await git(shop, 'add', '-A')
  await git(shop, 'commit', '-q', '-m', 'Open the shop')
}

/** What stands in the pages for what only a reader knows. */
async function replaced(block: Block): Promise<string> {
  const { items } = await platform.call('listChanges', { query: { limit: 100 } })
  const newest = items.find((change) => change.projectSlug === 'shop')?.number ?? 0
  const table: [RegExp | string, string][] = [
    ['/path/to/signalbox', root],
    ['/var/lib/signalbox', platform.dataDir],
    ['http://127.0.0.1:3000', `http://127.0.0.1:${platform.port}`],
    ['/root/backup-passphrase', join(home, 'passphrase')],
    ['/backups', home],
    ['src/a.js --line 12-15', 'NOTES.md --line 1'],
    [/(signalbox change [a-z-]+) 12\b/g, `$1 ${newest} --project shop`],
  ]
  return table.reduce((text, [from, to]) => text.replaceAll(from, to), block.text)
}

/** A clone of the shop with something to commit, in which the blocks of a page run one after the other. */
async function workplace(name: string): Promise<string> {
  const folder = join(home, name.replaceAll('/', '-'))
  await git(home, 'clone', '-q', join(home, 'code', 'shop'), folder)
  const token = (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
  await git(folder, 'remote', 'set-url', 'origin', `http://127.0.0.1:${platform.port}/git/shop.git`)
  const basic = Buffer.from(`owner:${token}`).toString('base64')
  await git(folder, 'config', 'http.extraHeader', `Authorization: Basic ${basic}`)
  await writeFiles(folder, { 'README.md': '# The shop\n', 'key.pem': 'a key\n' })
  await writeFile(join(home, 'passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
  return folder
}

async function run(block: Block, folder: string): Promise<{ code: number | null; said: string }> {
  const person = { NAME: 'A person', EMAIL: 'person@example.com' }
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
    HOME: home,
    PORT: String(platform.port),
    SIGNALBOX_DATA_DIR: platform.dataDir,
    TOKEN: (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim(),
  }
  for (const [key, value] of Object.entries(person)) {
    env[`GIT_AUTHOR_${key}`] = value
    env[`GIT_COMMITTER_${key}`] = value
  }
  const child = spawn('bash', ['-eu', '-c', await replaced(block)], { cwd: folder, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  }
  // What a command asks for: the value of a secret. Most ask for nothing, and may have ended by now.
  child.stdin.on('error', () => {})
  child.stdin.end('a value\n')
  const code = await new Promise<number | null>((done) => child.on('close', done))
  return { code, said }
}

/** The shop may only be removed when nothing of it is under way. */
async function comeToRest(): Promise<void> {
  await until(async () => {
    const { items } = await platform.call('listChanges', { query: { limit: 100 } })
    const open = items.filter((change) => change.projectSlug === 'shop' && change.status !== 'completed')
    for (const { id } of open) await platform.call('cancelChange', { params: { change: id } }).catch(() => {})
    const runs = await platform.call('listRuns', { query: { project: 'shop', limit: 100 } })
    return open.length === 0 && runs.items.every((one) => one.status === 'completed')
  }, 120_000)
}

const pages = readDocs().filter((page) => page.blocks.some(isShell))
const order = (file: string) =>
  first.includes(file) ? first.indexOf(file) : last.includes(file) ? 100 + last.indexOf(file) : 50
pages.sort((a, b) => order(a.file) - order(b.file))

test.each(pages)('$file: its commands do what they say', { timeout: 600_000 }, async ({ file, blocks }) => {
  const folder = await workplace(file)
  for (const block of blocks.filter(isShell)) {
    const reason = reasonNotRun(block)
    if (reason !== undefined) {
      process.stdout.write(`NOT RUN ${file}:${block.line}: ${reason}\n`)
      continue
    }
    if (block.text.includes('project remove')) await comeToRest()
    const { code, said } = await run(block, folder)
    const expected = Object.entries(ends).find(([words]) => block.text.includes(words))?.[1] ?? 0
    expect(code, `${file}:${block.line}\n${block.text}\n${said}`).toBe(expected)
    expect(said).not.toMatch(/"status":4\d\d/)
  }
})
