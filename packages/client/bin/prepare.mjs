// Shared by the entry scripts: find the checkout, install the locked packages, find Node 24.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout, however this file was reached (node_modules/.bin is a chain of links). */
function checkoutRoot() {
  return join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', '..', '..')
}

/** Whether node_modules holds what the lockfile asks for: npm writes its own copy when it is done. */
function installed(root) {
  const marker = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(marker)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readFileSync(marker, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link || !path.startsWith('node_modules/')) return true
    if (entry.optional || entry.dev)
      return present[path] === undefined || present[path].version === entry.version
    return present[path]?.version === entry.version
  })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Installs what is missing (npm ci), says so first, and returns the checkout's folder. */
export function prepare({ announce }) {
  const root = checkoutRoot()
  if (installed(root)) return root
  if (announce) process.stdout.write('Installing the packages that the lockfile names (npm ci) …\n')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (npm.error) fail(`npm could not be started: ${npm.error.message}. Install npm 10 or newer.`)
  if (npm.status !== 0) fail('npm ci failed; what it says stands above. Mend that and start again.')
  return root
}

/** The pinned Node's binary for this machine, or undefined where its optional package is not installed. */
function pinnedNode(root) {
  const require = createRequire(join(root, 'package.json'))
  try {
    const manifest = require.resolve(`node-linux-${process.arch}/package.json`)
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
    const path = join(dirname(manifest), bin.node)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Runs `args` under Node 24 with this terminal, passes signals on, and ends with its exit code. */
export function runUnderPinnedNode(root, args, options = {}) {
  const own = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined
  const node = pinnedNode(root) ?? own
  if (!node) {
    fail(
      `Signalbox needs Node 24; this is ${process.version} and the package node-linux-${process.arch} is not ` +
        'installed.\nRun "npm ci --include=optional" in the checkout, or install Node 24.',
    )
  }
  const env = { ...process.env, SIGNALBOX_ROOT: root, ...options.env }
  env.PATH = `${dirname(node)}:${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`
  const child = spawn(
    node,
    [
      '--import',
      join(root, 'tools', 'json-modules.mjs'),
      '--disable-warning=ExperimentalWarning',
      ...args.map((a, i) => (i === 0 && !options.absolute ? join(root, a) : a)),
    ],
    {
      stdio: 'inherit',
      cwd: options.cwd ?? process.cwd(),
      env,
    },
  )
  // Ctrl-C reaches the child by the terminal's process group; a signal to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal)
    process.exit(code ?? 1)
  })
}
