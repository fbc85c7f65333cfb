import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Brings what the tests need beyond npm: bubblewrap and Chromium by apt where this is root on Debian. Where it
 * is not, the tests use unshare, and the Chromium that an npm package ships.
 */
const wanted = [
  { program: '/usr/bin/bwrap', package: 'bubblewrap' },
  { program: '/usr/bin/chromium', package: 'chromium' },
]
const missing = wanted.filter(({ program }) => !existsSync(program)).map((entry) => entry.package)
if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
  process.stdout.write(`Installing for the tests: ${missing.join(' ')}\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (args: string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (!apt(install)) {
    apt(['update'])
    if (!apt(install))
      process.stdout.write('apt-get could not; the tests fall back as they would for an ordinary user.\n')
  }
}
