import { readFile } from 'node:fs/promises'

/** What of a machine decides whether an install of another time fits: a change of any of it is another key. */
export interface Machine {
  os: string
  arch: string
  node: string
  /** Sandboxes of root and of a user own their files differently. */
  root: boolean
  provider: string
}

/** This machine as an install sees it. */
export async function thisMachine(provider: string): Promise<Machine> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? ''
  return {
    os: `${process.platform} ${field('ID')} ${field('VERSION_ID')}`.trim(),
    arch: process.arch,
    node: process.version,
    root: process.getuid?.() === 0,
    provider,
  }
}
