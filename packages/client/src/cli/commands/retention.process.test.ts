import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProjectRetention, RetentionSettings } from '@signalbox/core/contract/views/retention.ts'
import { afterEach, expect, test } from 'vitest'
import { type Answers, type StandInServer, startStandInServer } from '../../api/stand-in-server.ts'

const main = join(import.meta.dirname, '../main.ts')
const preload = join(import.meta.dirname, '../../../../../tools/json-modules.mjs')
let server: StandInServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function cli(answers: Answers, ...args: string[]) {
  server = await startStandInServer(answers)
  const env = { PATH: process.env['PATH'], SIGNALBOX_URL: server.baseUrl, SIGNALBOX_TOKEN: 'sbx_1' }
  const child = spawn(process.execPath, ['--import', preload, main, 'retention', ...args], {
    env,
    cwd: tmpdir(),
  })
  const ended = { code: null as number | null, out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    ended.out += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.err += String(chunk)
  })
  return await new Promise<typeof ended>((resolve) =>
    child.on('close', (code) => resolve({ ...ended, code })),
  )
}

const preview = {
  changes: 2,
  runs: 7,
  logs: 3,
  logBytes: 1024 ** 2,
  artifacts: 0,
  artifactBytes: 0,
  events: 0,
  auditEntries: 0,
}
const settings = ProjectRetention.parse({ runDays: 30, logDays: 0 })
const view = { settings, installation: RetentionSettings.parse({}), preview }

test('of a project it shows its own numbers beside those of the installation, and what would go', async () => {
  const asked: unknown[] = []
  const { code, out } = await cli(
    {
      getProjectRetention: ({ params }) => {
        asked.push(params)
        return view
      },
    },
    'preview',
    '--project',
    'shop',
  )
  expect(code).toBe(0)
  expect(asked).toEqual([{ project: 'shop' }])
  expect(out).toMatch(/changeDays +for ever \(installation\)/)
  expect(out).toMatch(/runDays +30 +days/)
  expect(out).toMatch(/logDays +for ever +days/)
  expect(out).toContain('Would be deleted now of shop')
  expect(out).toMatch(/runs +7/)
})

test('a number of a project is set, and given back to the installation', async () => {
  const bodies: unknown[] = []
  const answers: Answers = {
    updateProjectRetention: ({ body }) => {
      bodies.push(body)
      return view
    },
  }
  expect((await cli(answers, 'set', 'changeDays=90', '--project', 'shop')).code).toBe(0)
  await server?.close()
  expect((await cli(answers, 'set', 'changeDays=default', '--project', 'shop')).code).toBe(0)
  expect(bodies).toEqual([{ changeDays: 90 }, { changeDays: null }])
})

test('what belongs to no project is refused for one, and default for the installation', async () => {
  const no = await cli({}, 'set', 'auditDays=1', '--project', 'shop')
  expect(no.code).toBe(2)
  expect(no.err).toContain('changeDays, runDays, keepRuns, logDays')
  await server?.close()
  expect((await cli({}, 'set', 'runDays=default')).code).toBe(2)
})

test('run with a project deletes of it alone', async () => {
  const { code, out } = await cli({ runProjectRetention: () => preview }, 'run', '--project', 'shop')
  expect(code).toBe(0)
  expect(out).toMatch(/changes +2/)
})
