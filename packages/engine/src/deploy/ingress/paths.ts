import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** Where the ingress of a data folder keeps its files; all of them belong to its user alone. */
export interface IngressPaths {
  folder: string
  controlSocket: string
  routesFile: string
  processFile: string
  logFile: string
}

/** Linux's sun_path holds 108 bytes with its final zero. */
const socketPathBytes = 107

/** The paths below `DIR/ingress`. Failure `data-dir-too-long` when no unix socket fits there. */
export function ingressPaths(dataDir: string): IngressPaths {
  const folder = join(dataDir, 'ingress')
  const controlSocket = join(folder, 'control.sock')
  if (Buffer.byteLength(controlSocket) > socketPathBytes) {
    throw new Failure(
      'data-dir-too-long',
      `The path of the data folder is too long for a unix socket: ${dataDir}`,
      {
        hint: 'Set SIGNALBOX_DATA_DIR to a shorter absolute path.',
      },
    )
  }
  return {
    folder,
    controlSocket,
    routesFile: join(folder, 'routes.json'),
    processFile: join(folder, 'ingress.json'),
    logFile: join(folder, 'ingress.log'),
  }
}
