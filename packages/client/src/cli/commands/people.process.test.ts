import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ids, sampleProject } from '../../api/sample-views.ts'
import { type Answers, problem, type StandInServer, startStandInServer } from '../../api/stand-in-server.ts'

const main = join(import.meta.dirname, '../main.ts')
const preload = join(import.meta.dirname, '../../../../../tools/json-modules.mjs')
let config: string
let server: StandInServer | undefined
beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'people-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(config, { recursive: true, force: true })
})

async function start(answers: Answers): Promise<StandInServer> {
  server = await startStandInServer(answers)
  return server
}

function cli(args: string[], given: Record<string, string> = {}, input = '') {
  const env = { PATH: process.env['PATH'], XDG_CONFIG_HOME: config, SIGNALBOX_DATA_DIR: config, ...given }
  const child = spawn(process.execPath, ['--import', preload, main, ...args], { env, cwd: tmpdir() })
  const ended = { code: null as number | null, out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    ended.out += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.err += String(chunk)
  })
  child.stdin.end(input)
  return new Promise<typeof ended>((resolve) => child.on('close', (code) => resolve({ ...ended, code })))
}

const session = {
  user: { id: ids.project, name: 'Grace', role: 'owner' as const },
  needsSetup: false,
  projects: null,
  csrfToken: '',
}

test('login remembers a token that works, in a file of its person, and logout forgets it', async () => {
  const { baseUrl } = await start({ getSession: () => session })
  const login = await cli(['login', baseUrl], {}, 'sbx_typed\n')
  expect(login).toMatchObject({ code: 0, err: '' })
  expect(login.out).toContain(`You are Grace at ${baseUrl}`)
  expect(login.out).not.toContain('sbx_typed')
  const file = join(config, 'signalbox', 'login.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: baseUrl, token: 'sbx_typed' })
  const who = await cli(['whoami'])
  expect(who.out).toBe(`Grace, owner, of every project, at ${baseUrl}, by "signalbox login"\n`)
  // For another address the token is nobody's business.
  const elsewhere = await cli(['whoami'], { SIGNALBOX_URL: 'http://127.0.0.1:2' })
  expect(elsewhere.code).toBe(1)
  await chmod(file, 0o644)
  expect((await cli(['whoami'])).err).toContain('Others can read the token')
  expect((await cli(['logout'])).out).toBe('Forgotten.\n')
  await expect(stat(file)).rejects.toThrow()
})

test('login keeps nothing of a token that is refused', async () => {
  const refused = problem('not-signed-in', 'You are not signed in.', 401)
  const { baseUrl } = await start({ getSession: () => refused })
  expect((await cli(['login', baseUrl], {}, 'sbx_wrong')).code).toBe(1)
  await expect(stat(join(config, 'signalbox', 'login.json'))).rejects.toThrow()
})

test('a token is made for what is said, and a wrong permission is 2', async () => {
  const bodies: unknown[] = []
  const { baseUrl } = await start({
    createToken: ({ body }) => {
      bodies.push(body)
      const at = '2026-01-01T00:00:00.000Z'
      const view = { id: ids.project, name: 'n', hint: 'sbx_', scopes: null, projects: null }
      return { token: 'sbx_new', view: { ...view, createdAt: at, lastUsedAt: null, expiresAt: null } }
    },
  })
  const env = { SIGNALBOX_URL: baseUrl, SIGNALBOX_TOKEN: 'sbx_mine' }
  const args = ['token', 'create', 'n', '--scope', 'run.read', '--project', 'shop', '--days', '30']
  expect(await cli(args, env)).toMatchObject({ code: 0, out: 'sbx_new\n' })
  expect(bodies).toEqual([{ name: 'n', scopes: ['run.read'], projects: ['shop'], expiresInDays: 30 }])
  expect((await cli(['token', 'create', 'n', '--scope', 'frobnicate'], env)).code).toBe(2)
  expect(bodies).toHaveLength(1)
})

test('people are named by address, and members are added by it', async () => {
  const added: unknown[] = []
  const ada = { id: ids.change, name: 'Ada', email: 'ada@example.org' }
  const { baseUrl } = await start({
    listProjects: () => ({ items: [sampleProject()] }),
    listMembers: () => ({ items: [] }),
    listCandidates: () => ({ items: [ada] }),
    setMember: ({ body }) => {
      added.push(body)
      return {
        items: [{ userId: ada.id, name: ada.name, email: ada.email, role: 'viewer', disabled: false }],
      }
    },
  })
  const env = { SIGNALBOX_URL: baseUrl, SIGNALBOX_TOKEN: 'sbx_mine' }
  const done = await cli(['member', 'add', 'ada@example.org', '--role', 'viewer'], env)
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(done.out).toContain('viewer')
  expect(added).toEqual([{ userId: ada.id, role: 'viewer' }])
  expect((await cli(['member', 'add', 'nobody@example.org'], env)).err).toContain(
    'There is no nobody@example.org',
  )
})
