import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compressDashboard } from './compress-dashboard.ts'
import { dashboardFolder, root, webFolder } from './paths.ts'

/** What the build hangs on besides the sources; the last one says in which forms the files lie there. */
const others = [
  'packages/web/index.html',
  'packages/web/vite.config.ts',
  'package-lock.json',
  'packages/server/src/boot/compress-dashboard.ts',
]
const nextFolder = `${dashboardFolder}.next`

/** Builds the dashboard at the first start and after a change of its sources; a failed build is said. */
export async function buildDashboard(say: (text: string) => void): Promise<void> {
  const stamp = join(dashboardFolder, 'sources.sha256')
  const wanted = await hashOfSources()
  const built = await readFile(stamp, 'utf8').catch(() => '')
  if (built === wanted && existsSync(join(dashboardFolder, 'index.html'))) return
  say('Building the dashboard …')
  const failed = await runVite()
  if (failed) {
    say(`The dashboard could not be built; the API works without it.\n${failed}`)
    return
  }
  await compressDashboard(nextFolder)
  await writeFile(join(nextFolder, 'sources.sha256'), wanted)
  await swapIn()
}

/** Beside the old one: a server that serves it meets a missing page for an instant at most. */
async function swapIn(): Promise<void> {
  await rm(dashboardFolder, { recursive: true, force: true })
  await rename(nextFolder, dashboardFolder)
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of [
    join(webFolder, 'src'),
    join(webFolder, 'public'),
    join(root, 'packages', 'core', 'src'),
  ]) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((e) => e.isFile() && !e.name.includes('.test.'))
    for (const path of files.map((e) => join(e.parentPath, e.name)).sort()) {
      hash.update(path.slice(root.length)).update(await readFile(path))
    }
  }
  for (const name of others) hash.update(await readFile(join(root, name)))
  return hash.digest('hex')
}

/** Undefined when it worked, else the end of what Vite said. */
async function runVite(): Promise<string | undefined> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const into = ['--outDir', nextFolder, '--emptyOutDir']
  const child = spawn(process.execPath, [vite, 'build', webFolder, '--logLevel', 'warn', ...into], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: webFolder,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000)
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return code === 0 ? undefined : output
}
