import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProject, give, processesWith, settled } from './small-project.ts'

const token = `canary/+"7f3a&${'k'.repeat(20)}'end`
const key = `-----BEGIN KEY-----\nMIIcanaryline1xyz\nqqcanaryline2abc==\n-----END KEY-----\n`
const release = 'canary-of-the-release-81c2'

/** Every form in which one of them may not be found anywhere. */
const forms = [token, release, ...key.split('\n').filter((line) => line.includes('canary'))].flatMap(
  (value) => [
    value,
    Buffer.from(value).toString('base64').slice(0, -4),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(`x${value}`).toString('base64').slice(4, -4),
  ],
)

const leak = `name: Leak
on: workflow_dispatch
jobs:
  leak:
    runs-on: ubuntu-latest
    env:
      TOKEN: \${{ secrets.TOKEN }}
      KEY: \${{ secrets.key }}
    outputs:
      out: \${{ steps.all.outputs.out }}
    steps:
      - id: all
        name: Print \${{ secrets.TOKEN }}
        run: |
          echo "plain $TOKEN end"
          printf '%s' "$TOKEN" | base64 -w0; echo
          printf 'x%s' "$TOKEN" | base64 -w0; echo
          printf '%s' "$KEY"
          printf '%s' "$KEY" | base64
          node -e 'console.log(JSON.stringify({ t: process.env.TOKEN, k: process.env.KEY }), encodeURIComponent(process.env.TOKEN))'
          node -e 'const t = process.env.TOKEN; process.stdout.write(t.slice(0, 9)); setTimeout(() => process.stdout.write(t.slice(9) + "\\n"), 300)'
          echo "::error::it failed with $TOKEN"
          echo "out=$TOKEN" >> "$GITHUB_OUTPUT"
          sleep 1.5
          node -e 'throw new Error(process.env.TOKEN)'
`
const vars = `name: Vars
on: workflow_dispatch
jobs:
  vars:
    runs-on: ubuntu-latest
    steps:
      - run: echo "region \${{ vars.REGION }}, none [\${{ secrets.NOT_SET }}]"
`
const app = `console.log('the release knows ' + process.env.APP_KEY)
console.log('and as base64 ' + Buffer.from(process.env.APP_KEY).toString('base64'))
require('http').createServer((req, res) => {
  const hash = require('crypto').createHash('sha256').update(process.env.APP_KEY).digest('hex')
  res.end(req.url === '/health' ? 'ok' : hash)
}).listen(process.env.PORT, '127.0.0.1')
`

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform({ SIGNALBOX_LOG_LEVEL: 'debug' })
  const project = await addProject(platform, {
    name: 'Vault',
    files: {
      '.signalbox/workflows/leak.yml': leak,
      '.signalbox/workflows/vars.yml': vars,
      'app.js': app,
    },
    settings: {
      validation: { startCommand: 'node app.js' },
      deployment: {
        enabled: true,
        watchSeconds: 1,
        environmentVariables: { APP_KEY: '${{ secrets.APP_KEY }}', REGION: '${{ vars.REGION }}' },
      },
    },
  })
  const params = { project: project.slug }
  const all = {
    environment: '',
    items: [
      { name: 'TOKEN', value: token },
      { name: 'KEY', value: key },
    ],
  }
  await platform.call('setSecrets', { params, body: all })
  const production = { environment: 'production', items: [{ name: 'APP_KEY', value: release }] }
  await platform.call('setSecrets', { params, body: production })
  await platform.call('setVariables', { params, body: { items: [{ name: 'REGION', value: 'eu-west' }] } })
})
afterAll(async () => await platform?.destroy())

async function finished(workflow: string) {
  const run = await platform.call('createRun', { params: { project: 'vault' }, body: { workflow } })
  await until(
    async () => (await platform.call('getRun', { params: { run: run.id } })).status === 'completed',
    60_000,
  )
  const done = await platform.call('getRun', { params: { run: run.id } })
  const [job] = done.jobs
  const page = await platform.call('getJobLog', { params: { job: job?.id ?? '' }, query: { limit: 1000 } })
  return { done, text: page.lines.map((line) => line.text).join('\n') }
}

/** No form of a secret stands in it. */
function clean(text: string): void {
  for (const form of forms) expect(text.includes(form) ? form : '').toBe('')
}

test('a job gets what its workflow names, and nothing of it shows in its log, steps or outputs', async () => {
  const seen: string[] = []
  const watching = setInterval(() => {
    for (const part of ['canary/+', 'canary-of-the-release', 'MIIcanary']) {
      void processesWith(part).then((found) => seen.push(...found))
    }
  }, 200)
  const { done, text } = await finished('leak.yml')
  clearInterval(watching)
  expect(done.conclusion).toBe('failure')
  expect(text).toContain('plain *** end')
  expect(text).toContain('::error::it failed with ***')
  expect(text.match(/\*\*\*/g)?.length).toBeGreaterThan(8)
  clean(text)
  clean(JSON.stringify(done))
  expect(seen).toEqual([])
  const { items } = await platform.call('listSecrets', { params: { project: 'vault' } })
  const used = items.filter((one) => one.lastUsedAt !== null).map((one) => one.name)
  expect(used.sort()).toEqual(['KEY', 'TOKEN'])
  clean(JSON.stringify(items))
})

test('plain variables reach a workflow, and a secret that is not set is empty', async () => {
  const { text } = await finished('vars.yml')
  expect(text).toContain('region eu-west, none []')
})

test('a release gets the secrets of its environment at each start, and its output hides them', async () => {
  const deployment = await platform.call('createDeployment', { params: { project: 'vault' } })
  const look = () => platform.call('getDeployment', { params: { deployment: deployment.id } })
  await until(
    async () => (await look()).status === 'completed',
    90_000,
    () => deployment.id,
  )
  expect(await look()).toMatchObject({ conclusion: 'live' })
  const { createHash } = await import('node:crypto')
  const hash = createHash('sha256').update(release).digest('hex')
  expect((await platform.visit('vault.localhost')).text).toBe(hash)
  const output = await platform.call('getReleaseOutput', { params: { deployment: deployment.id } })
  expect(output.text).toContain('the release knows ***')
  clean(JSON.stringify(output))
  // What runs still knows the old value when it is replaced, and prints it as before.
  const items = [{ name: 'APP_KEY', value: 'another-value-from-now-on' }]
  await platform.call('setSecrets', {
    params: { project: 'vault' },
    body: { environment: 'production', items },
  })
  const later = await platform.call('getReleaseOutput', { params: { deployment: deployment.id } })
  expect(later.text).toContain('the release knows ***')
  clean(JSON.stringify(later))
})

test('what an agent wrote is validated without any secret', async () => {
  const change = await give(
    platform,
    'vault',
    'printf "on: pull_request\\njobs: {}\\n" > x.yml; echo "[$TOKEN$APP_KEY]" > NOTE.md',
  )
  const ended = await platform.waitForChange(change.id, settled)
  clean(JSON.stringify(ended))
})

test('a new master key is put in use while everything runs', async () => {
  const rotated = await platform.call('rotateMasterKey')
  expect(rotated).toMatchObject({ rewrapped: 3, resumed: false })
  const { text } = await finished('leak.yml')
  expect(text).toContain('plain *** end')
})

test('no secret stands in the database, in a file of the data folder or in what was printed', async () => {
  const folder = join(platform.dataDir, 'database')
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim()
  const port = Number((await readFile(join(folder, 'port'), 'utf8')).trim())
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'signalbox',
    password,
    database: 'signalbox',
  })
  await client.connect()
  const tables = await client.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  expect(tables.rows.length).toBeGreaterThan(20)
  for (const { name } of tables.rows) {
    const rows = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
    for (const { row } of rows.rows) clean(row)
  }
  await client.end()
  clean(platform.output())
  let files = 0
  for (const entry of await readdir(platform.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
    files += 1
    clean(bytes.toString('latin1'))
  }
  expect(files).toBeGreaterThan(100)
})
