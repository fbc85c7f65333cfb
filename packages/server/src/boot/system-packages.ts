import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

function has(program: string): boolean {
  return (process.env['PATH'] ?? '/usr/bin:/bin')
    .split(':')
    .some((folder) => existsSync(`${folder}/${program}`))
}

/**
 * Brings bubblewrap where it is missing, as root and with apt only, announced first; otherwise says what
 * will be used in its place. Never fails: the dashboard is served without any sandbox too.
 */
export async function ensureSandboxTools(options: {
  install: boolean
  say(text: string): void
}): Promise<void> {
  if (has('bwrap')) return
  const root = process.getuid?.() === 0
  if (!root || !options.install || !has('apt-get')) {
    const why = !root ? 'not root' : options.install ? 'no apt here' : '--no-system-packages'
    options.say(`Sandbox         bubblewrap is missing and not installed (${why}); unshare is tried instead`)
    return
  }
  options.say('Installing the Debian package bubblewrap with apt-get (--no-system-packages forbids it) …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'bubblewrap'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 180_000,
    })
  let result = install()
  if (result.status !== 0) {
    spawnSync('apt-get', ['update'], { env, stdio: 'ignore', timeout: 180_000 })
    result = install()
  }
  if (result.status === 0) return
  options.say(`apt-get could not install it: ${result.stderr?.toString().trim().split('\n').pop() ?? ''}`)
  options.say('unshare is tried instead')
}
