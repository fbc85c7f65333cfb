import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { S3Options } from '@signalbox/server/storage/s3/create-s3-blobs.ts'
import { freePort, until } from './platform.ts'

/** A real S3-compatible server (s3rver) as a process of its own, on a folder that outlives a kill. */
export interface S3Server {
  options: S3Options
  /** SIGKILL. */
  kill(): Promise<void>
  /** Again on the same port and folder. */
  start(): Promise<void>
  close(): Promise<void>
}

const serverPackage = '@20minutes/s3rver'
const serverVersion = '5.0.0'

const program = `
const { default: S3rver } = await import('@20minutes/s3rver')
const [port, directory, bucket] = process.argv.slice(1)
const server = new S3rver({ port: Number(port), address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: bucket }] })
// It reads the address of a bucket without its last slash, unlike Amazon: there alone a signature may differ.
server.middleware.unshift((ctx, next) => {
  if (/^\\/[^/]+\\/$/.test(ctx.path)) {
    ctx.app = Object.create(server, { allowMismatchedSignatures: { value: true } })
  }
  return next()
})
await server.run()
`

/** Starts it with one bucket. */
export async function startS3Server(): Promise<S3Server> {
  const installed = await install()
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'))
  const port = await freePort()
  const bucket = 'blobs'
  await mkdir(join(folder, bucket), { recursive: true })
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    // It hides its place in a list with DES, which OpenSSL keeps with the old ciphers.
    const argv = [
      '--openssl-legacy-provider',
      '--input-type=module',
      '-e',
      program,
      String(port),
      folder,
      bucket,
    ]
    child = spawn(process.execPath, argv, { cwd: installed, stdio: ['ignore', 'ignore', 'inherit'] })
    await until(() => answers(port), 20_000)
  }
  async function kill(): Promise<void> {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    options: {
      bucket,
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      prefix: '',
      pathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    },
    kill,
    start,
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Installs the server beside the tests when they first need it: some packages under it name no licence in the
 * way that ours must. A rename puts the whole of it in place at once.
 */
async function install(): Promise<string> {
  const place = join(tmpdir(), `signalbox-s3rver-${serverVersion}`)
  if (await stat(join(place, 'node_modules', serverPackage)).catch(() => undefined)) return place
  const draft = await mkdtemp(join(tmpdir(), 's3rver-install-'))
  await writeFile(join(draft, 'package.json'), '{ "private": true }')
  const argv = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${serverPackage}@${serverVersion}`]
  await promisify(execFile)('npm', argv, { cwd: draft, timeout: 120_000 })
  await rename(draft, place).catch(async () => await rm(draft, { recursive: true, force: true }))
  return place
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
