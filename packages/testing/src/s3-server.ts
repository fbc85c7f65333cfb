import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { S3Options } from '@signalbox/server/storage/s3/create-s3-blobs.ts'
import { installedS3Server } from './installed-s3-server.ts'
import { freePort, until } from './platform.ts'

/** A real S3-compatible server (s3rver) as a process of its own, on a folder that outlives a kill. */
export interface S3Server {
  options: S3Options
  /** Where it keeps what it was given, a folder for each bucket. */
  folder: string
  /** SIGKILL. */
  kill(): Promise<void>
  /** Again on the same port and folder. */
  start(): Promise<void>
  close(): Promise<void>
}

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
  const installed = await installedS3Server()
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
    folder,
    kill,
    start,
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
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
