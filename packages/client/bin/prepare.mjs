// Shared by the entry scripts: find the checkout, install the locked packages, find Node 24.
// Plain JavaScript that Node 18 can parse: nothing is installed yet when this runs.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pollMs = 200
/** Without a terminal to turn its wheel in, npm says nothing until it is done. */
const progressMs = 15_000
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** The folder of the checkout, however this file was reached (node_modules/.bin is a chain of links). */
export function checkoutRoot() {
  return join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', '..', '..')
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** npm writes its own copy of the lockfile there when everything else is done. */
function markerOf(root) {
  return join(root, 'node_modules', '.package-lock.json')
}

/** Whether node_modules holds what the lockfile asks for; packages for other machines may be missing. */
export function installed(root) {
  const present = readJson(markerOf(root))?.packages
  if (!present) return false
  const wanted = readJson(join(root, 'package-lock.json'))?.packages
  if (!wanted) fail(`${join(root, 'package-lock.json')} cannot be read. Restore it with git.`)
  return Object.entries(wanted).every(([path, entry]) => {
    if (entry.link || !path.includes('node_modules/')) return true
    const there = present[path]
    if (there === undefined && (entry.optional || entry.devOptional || entry.dev)) return true
    return there?.version === entry.version
  })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Takes the lock and returns its release, or the process that holds it; a dead holder's lock is removed. */
function tryLock(path) {
  try {
    const handle = openSync(path, 'wx')
    writeSync(handle, String(process.pid))
    closeSync(handle)
    return { release: () => rmSync(path, { force: true }) }
  } catch (error) {
    if (error.code !== 'EEXIST') {
      fail(`${path} cannot be written (${error.code}). Start Signalbox once as the owner of the checkout.`)
    }
  }
  const holder = Number(readTextOr(path, ''))
  // Empty: its maker stands between opening and writing, or died there; the caller asks again.
  if (holder > 0 && !isRunning(holder)) rmSync(path, { force: true })
  return { holder }
}

function readTextOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback
  }
}

/** Waits for an installation by another process; 5 s of an empty lock mean that its maker died. */
async function lock(path) {
  let told = false
  let emptyForMs = 0
  for (;;) {
    const { release, holder } = tryLock(path)
    if (release) return release
    if (holder > 0 && !told) {
      told = true
      process.stderr.write(`Process ${holder} is installing the packages; waiting for it …\n`)
    }
    emptyForMs = holder === 0 ? emptyForMs + pollMs : 0
    if (emptyForMs > 5000) rmSync(path, { force: true })
    await sleep(pollMs)
  }
}

/** Installs what is missing (npm ci), says so first, and returns the checkout's folder. */
export async function prepare() {
  const root = checkoutRoot()
  if (installed(root)) return root
  const release = await lock(join(root, 'packages', 'client', '.installing'))
  process.on('exit', release)
  if (!installed(root)) await installPackages(root)
  release()
  process.removeListener('exit', release)
  return root
}

async function installPackages(root) {
  process.stderr.write(
    'Installing the packages that the lockfile names (npm ci); this takes a minute or two …\n',
  )
  // npm empties node_modules side by side: interrupted there, its old marker could still stand.
  rmSync(markerOf(root), { force: true })
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  const startedAt = Date.now()
  const progress = setInterval(() => {
    if (!process.stderr.isTTY) process.stderr.write(`  … ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
  }, progressMs)
  const { error, code, signal } = await ended(npm)
  clearInterval(progress)
  if (error?.code === 'ENOENT') fail('npm was not found. Install npm 10 or newer and start again.')
  if (error) fail(`npm could not be started: ${error.message}`)
  if (signal) process.exit(128 + constants.signals[signal])
  if (code === 130 || code === 143) process.exit(code)
  if (code !== 0) fail('npm ci failed; what it says stands above. Mend that and start again.')
}

/** Whether Ctrl-C reaches this process's whole group: then the child has the signal already. */
function inForeground() {
  const stat = readTextOr('/proc/self/stat', '')
  if (stat === '') return process.stdin.isTTY === true
  // After "pid (name)": state, parent, group, session, terminal, the terminal's foreground group.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[2] === fields[5]
}

/** Passes signals on to the child and resolves with how it ended. */
function ended(child) {
  const handlers = passedOn.map((name) => {
    const handler = () => {
      if (name === 'SIGINT' && inForeground()) return
      child.kill(name)
    }
    process.on(name, handler)
    return [name, handler]
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  }).finally(() => {
    for (const [name, handler] of handlers) process.removeListener(name, handler)
  })
}

/** The pinned Node's binary for this machine, or undefined where its optional package is not installed. */
function pinnedNode(root) {
  const require = createRequire(join(root, 'package.json'))
  try {
    const manifest = require.resolve(`node-linux-${process.arch}/package.json`)
    const path = join(dirname(manifest), readJson(manifest).bin.node)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/**
 * Runs `args` under Node 24 with this terminal and from the current folder, passes signals on, and ends with
 * its exit code; 128 + n when signal n ended it. The first of `args` is a path in the checkout, unless
 * `absolute`.
 */
export async function runUnderPinnedNode(root, args, options = {}) {
  const own = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined
  const node = pinnedNode(root) ?? own
  if (!node) {
    fail(
      `Signalbox needs Node 24; this is ${process.version} and the package node-linux-${process.arch} is not ` +
        `installed.\nRun "npm ci --include=optional" in ${root}, or install Node 24.`,
    )
  }
  const env = { ...process.env, SIGNALBOX_ROOT: root, ...options.env }
  // What Node makes of our sources is kept for the next start; where it cannot be written, Node goes on without.
  env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled')
  env.PATH = `${dirname(node)}:${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`
  const [program = '', ...rest] = args
  const child = spawn(
    node,
    [
      '--import',
      join(root, 'tools', 'json-modules.mjs'),
      '--disable-warning=ExperimentalWarning',
      options.absolute ? program : join(root, program),
      ...rest,
    ],
    { stdio: 'inherit', cwd: options.cwd ?? process.cwd(), env },
  )
  const { error, code, signal } = await ended(child)
  if (error) fail(`Node 24 could not be started: ${error.message}`)
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1))
}
