import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** sun_path holds 108 bytes with the closing zero; Node refuses what is longer. */
const MAX_SOCKET_PATH = 107

/** Where one sandbox's things lie on the host. Nothing of `run` is visible inside. */
export interface SandboxPaths {
  id: string
  folder: string
  state: string
  /** The overlay's upper folder: what the sandbox has written. Its content is hostile. */
  upper: string
  work: string
  home: string
  /** Control socket, sockets of published ports, service log. */
  run: string
  control: string
  log: string
}

/** Where everything of one data folder lies. */
export interface DataPaths {
  root: string
  sandboxes: string
  layers: string
  kits: string
}

/** The folders under a data folder; refuses a path that cannot stand in an overlay's options. */
export function dataPaths(dataDir: string): DataPaths {
  if (!dataDir.startsWith('/') || /[,:\\\n]/.test(dataDir)) {
    throw new Failure(
      'sandbox-data-folder',
      `The data folder "${dataDir}" must be an absolute path without , : and \\.`,
      {
        hint: 'Set SIGNALBOX_DATA_DIR to another folder.',
      },
    )
  }
  return {
    root: dataDir,
    sandboxes: join(dataDir, 'sandboxes'),
    layers: join(dataDir, 'layers'),
    kits: join(dataDir, 'kit'),
  }
}

/** Refuses an id that could mean another folder. */
export function assertSandboxId(id: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(id)) {
    throw new Failure(
      'sandbox-id',
      `"${id.slice(0, 80)}" is not a sandbox id: small letters, digits and - only, at most 64.`,
    )
  }
}

/** The folder of a layer; refuses a key that could mean another one. */
export function layerPath(data: DataPaths, key: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(key)) {
    throw new Failure(
      'sandbox-snapshot-key',
      `"${key.slice(0, 140)}" is not a snapshot key: letters, digits, . _ - only.`,
    )
  }
  return join(data.layers, key)
}

/** Of all sockets there, the name under which the control socket listens before it takes its place. */
const longestSocketName = 'control.sock.new'

/** The paths of one sandbox. Sockets lie in a short folder of their own where the data folder's path is too long. */
export function sandboxPaths(data: DataPaths, id: string, shortRoot: string): SandboxPaths {
  assertSandboxId(id)
  const folder = join(data.sandboxes, id)
  const near = join(folder, 'run')
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const run = join(near, longestSocketName).length <= MAX_SOCKET_PATH ? near : join(shortRoot, hash)
  return {
    id,
    folder,
    state: join(folder, 'state.json'),
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    home: join(folder, 'home'),
    run,
    control: join(run, 'control.sock'),
    log: join(run, 'service.log'),
  }
}

/** Makes the folders of a data folder, readable by their owner only. */
export async function makeDataFolders(data: DataPaths): Promise<void> {
  for (const folder of [data.root, data.sandboxes, data.layers, data.kits]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
}
