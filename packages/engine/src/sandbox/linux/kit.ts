import { createHash, randomBytes } from 'node:crypto'
import {
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isReachable, isRoot } from './host.ts'
import { loaderOf, placeLibraries, placeUnreadableLoader } from './loader.ts'
import type { DataPaths } from './paths.ts'

/** How many read-only layers one workspace may stand on. */
export const MAX_LAYERS = 16

/**
 * What every sandbox of a data folder is made of, world-readable and without secrets: `etc`, `opt` (our init,
 * its loader and Node, at /opt/signalbox inside) and `mnt` (empty mount points).
 */
export interface Kit {
  folder: string
  /** Bound over the empty file opt/node/bin/node where Node could not be linked into the kit. */
  nodeSource: string | undefined
  /** Where a CA file of the host's environment is found inside. */
  caFiles: Record<string, string>
}

const MOUNT_POINTS = [
  'ws',
  'home',
  'empty',
  'root',
  'tools',
  'services',
  ...Array.from({ length: MAX_LAYERS }, (_, n) => `layer${n}`),
]
const CA_VARIABLES = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
]
const ETC_COPIES = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl/openssl.cnf',
  'ssl/certs',
  'ca-certificates',
  'services',
  'protocols',
  'localtime',
  'mime.types',
]
const ETC_TEXTS: Record<string, string> = {
  passwd:
    'root:x:0:0:root:/:/usr/sbin/nologin\nsbx:x:1000:1000:sandbox:/home/sbx:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n',
  group: 'root:x:0:\nsbx:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost sbx\n::1 localhost ip6-localhost\n',
  hostname: 'sbx\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'resolv.conf': '',
}

/** Builds the kit once; the same Node, init and host files give the same folder, found again by its name. */
export async function prepareKit(data: DataPaths, nodePath: string): Promise<Kit> {
  const node = await realpath(nodePath)
  const initFolder = join(import.meta.dirname, 'init')
  const caFiles = await findCaFiles()
  const name = await fingerprint(node, initFolder, caFiles)
  const folder = join(data.kits, name)
  const marker = join(folder, 'node-source')
  const existing = await readFile(marker, 'utf8').catch(() => undefined)
  if (existing !== undefined) return { folder, nodeSource: existing || undefined, caFiles: insideOf(caFiles) }

  const building = join(data.kits, `building-${randomBytes(6).toString('hex')}`)
  await mkdir(join(building, 'etc/ssl/signalbox'), { recursive: true })
  await mkdir(join(building, 'opt/node/bin'), { recursive: true })
  for (const mount of MOUNT_POINTS) {
    await mkdir(join(building, 'mnt', mount), { recursive: true })
  }
  await writeFile(join(building, 'mnt/egress.sock'), '')
  await cp(initFolder, join(building, 'opt/init'), { recursive: true })
  for (const [file, text] of Object.entries(ETC_TEXTS)) await writeFile(join(building, 'etc', file), text)
  for (const path of ETC_COPIES) await copyIfThere(join('/etc', path), join(building, 'etc', path))
  for (const [variable, source] of Object.entries(caFiles)) {
    await copyIfThere(source, join(building, 'etc/ssl/signalbox', `${variable}.pem`))
  }
  const nodeSource = await placeNode(node, join(building, 'opt/node/bin/node'))
  await writeFile(join(building, 'node-source'), nodeSource ?? '')
  await openForAll(building)
  await placeUnreadableLoader(node, join(building, 'opt/loader'))
  await placeLibraries(node, join(building, 'opt/lib'))
  await rename(building, folder).catch(async () => await rm(building, { recursive: true, force: true }))
  return { folder, nodeSource, caFiles: insideOf(caFiles) }
}

async function findCaFiles(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const variable of CA_VARIABLES) {
    const path = process.env[variable]
    if (path && (await stat(path).catch(() => undefined))?.isFile()) found[variable] = path
  }
  return found
}

function insideOf(caFiles: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.keys(caFiles).map((variable) => [variable, `/etc/ssl/signalbox/${variable}.pem`]),
  )
}

async function fingerprint(
  node: string,
  initFolder: string,
  caFiles: Record<string, string>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const path of [
    node,
    await loaderOf(node),
    '/etc/ld.so.cache',
    '/etc/ssl/certs',
    '/etc/alternatives',
    ...Object.values(caFiles),
  ]) {
    const found = await stat(path).catch(() => undefined)
    hash.update(`${path}\0${found?.size}\0${found?.mtimeMs}\0`)
  }
  for (const file of (await readdir(initFolder)).sort())
    hash.update(file).update(await readFile(join(initFolder, file)))
  hash.update(JSON.stringify([ETC_TEXTS, MOUNT_POINTS, 'lib'])).update(Object.keys(caFiles).join())
  return hash.digest('hex').slice(0, 16)
}

/** A hard link costs nothing; a bind from its own place works where everybody may walk there; else a copy. */
async function placeNode(node: string, target: string): Promise<string | undefined> {
  try {
    await link(node, target)
    if ((await stat(target)).mode & 0o5) return undefined
    await rm(target)
  } catch {}
  if (!isRoot() || isReachable(node)) {
    await writeFile(target, '')
    return node
  }
  await copyFile(node, target)
  return undefined
}

async function copyIfThere(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  try {
    await cp(source, target, {
      recursive: true,
      verbatimSymlinks: true,
      dereference: source.endsWith('localtime'),
    })
  } catch {
    // Absent on this distribution, or not for us to read: then it is not needed inside either.
  }
}

async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openForAll(path)
    else if (entry.isFile() && !path.endsWith('/opt/node/bin/node')) await chmod(path, 0o644)
    else if (entry.isFile() && (await stat(path)).nlink === 1) await chmod(path, 0o755)
  }
}
