import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Without the background flags Chromium talks to its maker's hosts at every start. */
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Headless Chromium: the machine's own, else the one that an npm package ships. */
export async function openBrowser(): Promise<Browser> {
  const own = installed.find((path) => existsSync(path))
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  if (own) return await chromium.launch({ executablePath: own, args: [...quiet, ...root] })
  const { default: shipped } = await import('@sparticuz/chromium')
  return await chromium.launch({
    executablePath: await shipped.executablePath(),
    args: [...shipped.args, ...quiet],
    env: { ...process.env },
  })
}
