import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, makeRepository } from './small-project.ts'

const workflow = `on: workflow_dispatch
jobs:
  up:
    runs-on: ubuntu-latest
    outputs: {sha256: "\${{ steps.up.outputs.sha256 }}"}
    steps:
      - uses: actions/checkout@v4
      - {id: up, uses: ./client, with: {part: uploadArtifact}}
      - run: mkdir -p built && echo built > built/file && env | grep ACTIONS_ || echo a command has no token
      - {uses: actions/upload-artifact@v4, with: {name: ours, path: built}}
      - {uses: ./client, with: {part: caches, key: deps-1}}
  down:
    needs: up
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {uses: actions/download-artifact@v4, with: {path: got}}
      - run: sha256sum got/large.bin/large.bin; cat got/ours/file; echo sent \${{ needs.up.outputs.sha256 }}
      - {uses: ./client, with: {part: downloadArtifact}}
      - {uses: ./client, with: {part: restore, key: deps-1}}
`
const action = `name: client
inputs: {part: {required: true}, key: {default: ''}}
outputs: {sha256: {description: of what was uploaded}}
runs: {using: node24, main: main.mjs}
`

let files: Record<string, string>
let platform: Platform
const folder = await mkdtemp(join(tmpdir(), 'signalbox-stock-clients-'))

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, 'stock-clients.ts'),
      outDir: join(folder, 'built'),
      rolldownOptions: { output: { entryFileNames: 'main.mjs', codeSplitting: false } },
    },
  })
  files = {
    '.github/workflows/services.yml': workflow,
    'client/action.yml': action,
    'client/main.mjs': await readFile(join(folder, 'built', 'main.mjs'), 'utf8'),
  }
  platform = await startPlatform()
})
afterAll(async () => {
  await platform?.destroy()
  await rm(folder, { recursive: true, force: true })
})

/** What every place has to show. */
function expectServed(log: string): void {
  const sent = /sent ([0-9a-f]{64})/.exec(log)?.[1]
  expect(sent).toBeDefined()
  expect(log).toContain(`${sent}  got/large.bin/large.bin`)
  expect(log).toContain(`downloaded ${sent}`)
  expect(log).toContain('a command has no token')
  expect(log).toMatch(/listed .*"size":"52428800"/)
  expect(log).toContain('missed undefined')
  expect(log).toContain('saved true')
  expect(log).toContain('hit deps-1 deps-1')
  expect(log).toContain('restored deps-1 deps-1')
  expect(log).toContain('token ***')
}

test('stock clients keep artifacts and caches in a run without a server', async () => {
  const checkout = await makeRepository(files)
  const dataDir = join(folder, 'data')
  const cli = join(import.meta.dirname, '..', 'packages/client/bin/signalbox.mjs')
  const env = { ...process.env, SIGNALBOX_DATA_DIR: dataDir }
  await chmod(folder, 0o755)
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, 'run', '--dir', checkout], {
      env,
      maxBuffer: 2 ** 24,
    })
    expectServed(stdout)
  } finally {
    await rm(checkout, { recursive: true, force: true })
  }
})

test('stock clients keep artifacts and caches in a run of a server', async () => {
  await addProject(platform, { name: 'stock', files, settings: {} })
  const body = { workflow: '.github/workflows/services.yml', inputs: {} }
  const begun = await platform.call('createRun', { params: { project: 'stock' }, body })
  const read = () => platform.call('getRun', { params: { run: begun.id } })
  await until(async () => (await read()).status === 'completed', 300_000)
  const run = await read()
  const logs = await Promise.all(
    run.jobs.map(({ id }) => platform.call('getJobLog', { params: { job: id }, query: { limit: 5000 } })),
  )
  const log = logs.flatMap(({ lines }) => lines.map((line) => line.text)).join('\n')
  expect(run.conclusion, log.slice(-3000)).toBe('success')
  expectServed(log)
  const artifacts = await platform.call('listArtifacts', { params: { run: run.id } })
  expect(artifacts.items.map(({ name, mediaType, sizeBytes }) => [name, mediaType, sizeBytes > 0])).toEqual([
    ['large.bin', 'application/octet-stream', true],
    ['ours', 'application/gzip', true],
  ])
  const caches = await platform.call('listCaches', { params: { project: 'stock' } })
  expect(caches.items).toMatchObject([{ key: 'deps-1', scope: 'refs/heads/main', runId: run.id }])
  expect(caches.items[0]?.hits).toBeGreaterThan(0)
  const listed = await platform.cli('caches', 'list', '--project', 'stock')
  expect(listed).toContain('deps-1')
  await platform.cli('caches', 'delete', caches.items[0]?.id ?? '', '--project', 'stock', '--yes')
  expect((await platform.call('listCaches', { params: { project: 'stock' } })).count).toBe(0)
})
