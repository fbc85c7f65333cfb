import { execFile, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createContainerEngine } from '@signalbox/engine/sandbox/docker/engine.ts'
import { engineAddress } from '@signalbox/engine/sandbox/docker/engine-address.ts'

const run = promisify(execFile)

/** An image made of this machine's own programs, because a test pulls nothing: a shell, coreutils, git, tar and Node. */
export const testImage = 'signalbox-test:1'

const programs = [
  'bash',
  'sh',
  'ls',
  'cat',
  'mkdir',
  'mv',
  'rm',
  'tar',
  'git',
  'sleep',
  'id',
  'env',
  'printf',
]
const more = [
  'head',
  'tail',
  'grep',
  'sed',
  'find',
  'sha256sum',
  'xargs',
  'hostname',
  'touch',
  'chmod',
  'mknod',
  'true',
]

/** Undefined and a line that says what is not tried, when no container engine runs on this machine. */
export async function containersOrNotRun(what: string): Promise<{ env: Record<string, string> } | undefined> {
  const dataDir = join(tmpdir(), 'signalbox-no-containers')
  const state = await createContainerEngine({ dataDir, env: process.env }).probe()
  if (!state.available) {
    process.stderr.write(`NOT RUN: ${what}. ${state.reason ?? ''}\n`)
    return undefined
  }
  const socketPath = engineAddress(process.env)
  await importImage(socketPath, testImage)
  return { env: { DOCKER_HOST: `unix://${socketPath}` } }
}

/** Makes the image anew; the engine keeps what it has already. */
export async function importImage(socketPath: string, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'test-image-'))
  try {
    await mkdir(join(folder, 'etc'))
    await mkdir(join(folder, 'tmp'))
    await chmod(join(folder, 'tmp'), 0o1777)
    await writeFile(
      join(folder, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n',
    )
    await writeFile(join(folder, 'etc/group'), 'root:x:0:\nuser:x:1000:\n')
    const node = await realpath(process.execPath)
    const all = [...(await filesOf([...programs, ...more])), node, ...(await librariesOf(node))]
    // The engine takes no path twice.
    const files = [...new Set(all)].map((file) => file.slice(1))
    const argv = ['-ch', '--hard-dereference', '-C', folder, './etc', './tmp', '-C', '/', ...files]
    const rename = `--transform=s,^${node.slice(1).replaceAll('.', '\\.')}$,usr/local/bin/node,`
    const tar = spawn('tar', [rename, ...argv], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [repo = '', tag = ''] = name.split(':')
    const query = new URLSearchParams({ fromSrc: '-', repo, tag })
    await new Promise<void>((resolve, reject) => {
      const sent = request({ socketPath, method: 'POST', path: `/images/create?${query}` }, (answer) => {
        answer.resume()
        answer.once('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`import answered ${answer.statusCode}`)),
        )
      })
      sent.once('error', reject)
      tar.stdout.pipe(sent)
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function filesOf(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const { stdout } = await run('sh', ['-c', 'command -v -- "$1"', 'sh', name], {
        env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      }).catch(() => ({ stdout: '' }))
      const path = name === 'sh' ? '/bin/sh' : stdout.trim()
      // A word of the shell's own is no file.
      return path.startsWith('/') ? [path, ...(await librariesOf(path))] : [`/usr/bin/${name}`]
    }),
  )
  return [...new Set(found.flat())]
}

async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }))
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(/g)].map(([, path = '']) => path)
}
