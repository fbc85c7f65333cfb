import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { findPortHolder } from '@signalbox/engine/deploy/ingress/port-holder.ts'
import { dataPaths } from '@signalbox/engine/sandbox/linux/paths.ts'
import type { Config } from '../config.ts'
import { folderFailure } from '../db/embedded/failures.ts'

/** Linux's sun_path holds 108 bytes with its final zero. */
const socketPathBytes = 107
/** The longest unix socket that is put below the data folder: of a job's way out. */
const longestSocket = join('egress', `${'x'.repeat(12)}-9999.sock`)

/**
 * What can be refused before anything is started: ports that cannot be, and a data folder that cannot be made or
 * whose path no sandbox or socket can stand in. Failures `usage`, `data-dir-too-long`, `sandbox-data-folder`,
 * `data-folder-not-writable`, `database-disk-full`.
 */
export async function prepareDataFolder(config: Config): Promise<void> {
  const { dataDir, port, ingressPort } = config
  if (ingressPort > 65535) {
    throw new Failure('usage', `The ingress would need port ${ingressPort}, which does not exist.`, {
      hint: 'Choose a lower PORT, or name a port for the ingress with SIGNALBOX_INGRESS_PORT.',
    })
  }
  if (ingressPort === port) {
    throw new Failure('usage', `The dashboard and the ingress cannot both have port ${port}.`, {
      hint: 'Name another one with SIGNALBOX_INGRESS_PORT; without it, it is PORT + 1.',
    })
  }
  dataPaths(dataDir)
  const tooMany = Buffer.byteLength(join(dataDir, longestSocket)) - socketPathBytes
  if (tooMany > 0) {
    throw new Failure(
      'data-dir-too-long',
      `The path of the data folder is ${tooMany} bytes too long for unix sockets: ${dataDir}`,
      { hint: 'Set SIGNALBOX_DATA_DIR to a shorter absolute path.' },
    )
  }
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o711 })
  } catch (error) {
    throw folderFailure(error, dataDir)
  }
}

/** Failure `port-taken` that names who holds it, where that can be seen. */
export async function refuseTakenPort(port: number): Promise<void> {
  const refused = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(undefined)))
  })
  if (!refused) return
  if (refused.code === 'EACCES') {
    throw new Failure('port-refused', `This user may not listen on port ${port}.`, {
      hint: `Choose a port from 1024 on: PORT=3000 npm start`,
    })
  }
  const holder = await findPortHolder(port)
  const who = holder ? `${holder.command} (process ${holder.pid})` : 'a process of another user'
  throw new Failure('port-taken', `Port ${port} is taken by ${who}.`, {
    hint: `Stop it, or choose another port: PORT=${port > 65000 ? 3000 : port + 10} npm start`,
  })
}
