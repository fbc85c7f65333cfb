import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { installedAgent, testedAgent } from '../packages/testing/src/installed-agent.ts'
import { installedS3Server, testedS3Server } from '../packages/testing/src/installed-s3-server.ts'

/**
 * Brings what the tests need beyond npm: bubblewrap, Chromium, two proxies and an external PostgreSQL by apt where
 * this is root on Debian. Where it is not, the tests use unshare, the Chromium that an npm package ships, and say
 * that they did not try the proxies or an external PostgreSQL.
 */
const servers = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
const wanted = [
  { program: '/usr/bin/bwrap', package: 'bubblewrap' },
  { program: '/usr/bin/chromium', package: 'chromium' },
  { program: '/usr/bin/zsh', package: 'zsh' },
  { program: '/usr/bin/fish', package: 'fish' },
  { program: '/usr/sbin/nginx', package: 'nginx-light' },
  { program: '/usr/bin/caddy', package: 'caddy' },
  { program: `/usr/lib/postgresql/${servers[0] ?? 'none'}/bin/postgres`, package: 'postgresql' },
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
for (const { name, version, fetch } of [
  { ...testedAgent, fetch: () => installedAgent() },
  { ...testedS3Server, fetch: installedS3Server },
]) {
  process.stdout.write(`Fetching for the tests, once: ${name} ${version}\n`)
  await fetch().catch((error: unknown) => {
    process.stdout.write(
      `It could not be fetched; its tests will say so. ${error instanceof Error ? error.message : ''}\n`,
    )
  })
}
