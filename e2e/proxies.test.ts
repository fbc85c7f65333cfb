import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect } from 'node:tls'
import { freePort, type Platform, startPlatform, until } from '@signalbox/testing/platform.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addProject, git } from './small-project.ts'

const page = resolve(import.meta.dirname, '..', 'docs', 'guide', 'https.md')
const host = 'signalbox.example'
/** Another machine's address, as far as one machine has one. */
const client = '127.0.0.9'

let folder: string
let platform: Platform
let tlsPort: number
const started: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-proxies-'))
  tlsPort = await freePort()
  const pair = ['-keyout', join(folder, 'key'), '-out', join(folder, 'crt'), '-subj', `/CN=${host}`]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...kind, ...pair], { stdio: 'ignore' })
  platform = await startPlatform({
    SIGNALBOX_PUBLIC_URL: `https://${host}`,
    SIGNALBOX_TRUSTED_PROXIES: '127.0.0.1',
    SIGNALBOX_TLS_CERT_FILE: join(folder, 'crt'),
    SIGNALBOX_TLS_KEY_FILE: join(folder, 'key'),
    SIGNALBOX_TLS_PORT: String(tlsPort),
  })
})
afterAll(async () => {
  for (const child of started) child.kill('SIGTERM')
  await platform?.destroy()
  await rm(folder, { recursive: true, force: true })
})

/** The fenced block of the page in that language, with the addresses of this test. */
async function documented(language: string, change: [from: string, to: string][]): Promise<string> {
  const text = await readFile(page, 'utf8')
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1]
  if (!found) throw new Error(`the page has no block for ${language}`)
  return change.reduce((config, [from, to]) => {
    if (!config.includes(from)) throw new Error(`the block for ${language} has lost "${from}"`)
    return config.replaceAll(from, to)
  }, found)
}

async function run(program: string, args: string[], port: number): Promise<void> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  }
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error('it ended')
      return await answersTls(port)
    },
    30_000,
    () => said,
  )
}

/** Whether it answers with a certificate: Caddy listens before it has made one. */
function answersTls(port: number): Promise<boolean> {
  return new Promise((done) => {
    const asked = { port, host: '127.0.0.1', servername: host, rejectUnauthorized: false }
    const socket = connect(asked, () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}

async function startNginx(): Promise<number> {
  const port = await freePort()
  const server = await documented('nginx', [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['http://127.0.0.1:3000', `http://127.0.0.1:${platform.port}`],
    ['/etc/ssl/signalbox.crt', join(folder, 'crt')],
    ['/etc/ssl/private/signalbox.key', join(folder, 'key')],
  ])
  const own = join(folder, 'nginx')
  await mkdir(own)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${own}/${name};`,
  )
  const main = `daemon off; pid ${own}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')}`
  // As root its workers would be another user, who may not look into the folder.
  const user = process.getuid?.() === 0 ? 'user root; ' : ''
  await writeFile(join(own, 'conf'), `${user}${main}\n${server}\n}\n`)
  await run('/usr/sbin/nginx', ['-p', own, '-e', 'stderr', '-c', join(own, 'conf')], port)
  return port
}

async function startCaddy(): Promise<number> {
  const port = await freePort()
  const site = await documented('caddy', [['127.0.0.1:3000', `127.0.0.1:${platform.port}`]])
  const own =
    'admin off\n local_certs\n skip_install_trust\n auto_https disable_redirects\n default_bind 127.0.0.1'
  await writeFile(join(folder, 'Caddyfile'), `{\n ${own}\n https_port ${port}\n}\n${site}`)
  await run('/usr/bin/caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], port)
  return port
}

const way = { localAddress: client, servername: host, rejectUnauthorized: false, agent: false } as const

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

function ask(port: number, path: string, more: { body?: unknown; cookie?: string } = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const headers: Record<string, string> = { host, origin: `https://${host}` }
    if (more.cookie) headers['cookie'] = more.cookie
    if (more.body) headers['content-type'] = 'application/json'
    const method = more.body ? 'POST' : 'GET'
    const sent = request({ ...way, host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += String(chunk)
      })
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    sent.on('error', failed)
    sent.end(more.body === undefined ? undefined : JSON.stringify(more.body))
  })
}

async function signIn(port: number): Promise<string> {
  const { token } = await platform.call('createLoginToken')
  const answer = await ask(port, '/api/session', { body: { token } })
  expect(answer.status, answer.text).toBe(200)
  const [cookie = ''] = answer.headers['set-cookie'] ?? []
  expect(cookie).toContain('Secure')
  const { items } = await platform.call('listAudit', { query: { action: 'createSession', limit: 1 } })
  expect(items[0]).toMatchObject({ ip: client })
  return cookie.split(';')[0] ?? ''
}

/** Both kinds of live channel, open before something happens. */
async function seesLive(port: number, cookie: string, name: string): Promise<void> {
  const heard = { socket: '', stream: '' }
  const headers = { host, cookie, origin: `https://${host}` }
  const socket = new WebSocket(`wss://127.0.0.1:${port}/api/live`, { ...way, agent: undefined, headers })
  socket.on('open', () => socket.send(JSON.stringify({ type: 'events' })))
  socket.on('message', (data) => {
    heard.socket += String(data)
  })
  const failed = new Promise<never>((_, reject) => socket.on('error', reject))
  failed.catch(() => {})
  const stream = request({ ...way, host: '127.0.0.1', port, path: '/api/events', headers }, (answer) => {
    answer.on('data', (chunk) => {
      heard.stream += String(chunk)
    })
    answer.on('error', () => {})
  })
  stream.on('error', () => {})
  stream.end()
  const both = (text: string) => async () => heard.socket.includes(text) && heard.stream.includes(text)
  await Promise.race([until(both('"ready"'), 15_000, () => JSON.stringify(heard)), failed])
  await addProject(platform, { name, settings: { repository: { openChangesFor: [] } } })
  await Promise.race([until(both('"event"'), 15_000, () => JSON.stringify(heard)), failed])
  socket.terminate()
  stream.destroy()
}

/** A clone, and a push of 20 MB that no compression makes smaller. */
async function clonesAndPushes(port: number, name: string): Promise<void> {
  const token = (await readFile(join(platform.dataDir, 'cli-token'), 'utf8')).trim()
  const basic = Buffer.from(`owner:${token}`).toString('base64')
  const where = ['http.sslVerify=false', `http.curloptResolve=${host}:${port}:127.0.0.1`]
  const options = [...where, `http.extraHeader=Authorization: Basic ${basic}`].flatMap((one) => ['-c', one])
  const clone = join(folder, `clone-${name}`)
  await git(folder, ...options, 'clone', '-q', `https://${host}:${port}/git/${name}.git`, clone)
  await writeFile(join(clone, 'big.bin'), randomBytes(20 * 1024 * 1024))
  await git(clone, 'switch', '-q', '-c', 'big')
  await git(clone, 'add', '-A')
  await git(clone, 'commit', '-q', '-m', 'Something big')
  await git(clone, ...options, 'push', '-q', 'origin', 'big')
  const there = await git(clone, ...options, 'ls-remote', 'origin', 'refs/heads/big')
  expect(there).toContain(await git(clone, 'rev-parse', 'HEAD'))
}

async function answersThrough(port: number, name: string): Promise<void> {
  const home = await ask(port, '/')
  expect(home).toMatchObject({ status: 200 })
  expect(home.text).toContain('<div id="root"')
  const cookie = await signIn(port)
  expect((await ask(port, '/api/projects', { cookie })).status).toBe(200)
  await seesLive(port, cookie, name)
  await clonesAndPushes(port, name)
}

test("certificate files of one's own serve pages, sign-in, live events and git", async () => {
  await answersThrough(tlsPort, 'own')
})

const nginx = existsSync('/usr/sbin/nginx')
test.skipIf(!nginx)(`nginx as documented${nginx ? '' : ': NOT RUN, there is no nginx here'}`, async () => {
  await answersThrough(await startNginx(), 'nginx')
})

const caddy = existsSync('/usr/bin/caddy')
test.skipIf(!caddy)(`Caddy as documented${caddy ? '' : ': NOT RUN, there is no caddy here'}`, async () => {
  await answersThrough(await startCaddy(), 'caddy')
})
