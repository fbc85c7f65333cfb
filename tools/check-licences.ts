import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Licences that a package of ours may carry to its users. */
const allowed = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'OFL-1.1',
  'CC0-1.0',
  'Python-2.0',
  'PSF-2.0',
  'PostgreSQL',
  'Unlicense',
  'CC-BY-4.0',
  'MPL-2.0',
])

interface Entry {
  link?: boolean
  license?: string
  version?: string
  optional?: boolean
}

const root = join(import.meta.dirname, '..')
const lock: { packages: Record<string, Entry> } = JSON.parse(
  await readFile(join(root, 'package-lock.json'), 'utf8'),
)
const wrong: string[] = []
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.includes('node_modules/') || entry.link) continue
  const licence = entry.license ?? (await ownLicence(path))
  if (licence === undefined && entry.optional) continue
  if (!licence || !isAllowed(licence))
    wrong.push(`${path}@${entry.version}: ${licence ?? 'names no licence'}`)
}
for (const line of wrong) process.stderr.write(`${line}\n`)
if (wrong.length > 0) process.exitCode = 1

async function ownLicence(path: string): Promise<string | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8'))
    return typeof manifest.license === 'string' ? manifest.license : undefined
  } catch {
    return undefined
  }
}

/** `A OR B`: one of them; `A AND B`: both. */
function isAllowed(expression: string): boolean {
  const bare = expression.replace(/[()]/g, '')
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((name) => allowed.has(name.trim())))
}
