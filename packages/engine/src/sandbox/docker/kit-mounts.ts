import { join } from 'node:path'
import type { Kit } from '../linux/kit.ts'
import type { Mount } from './container-config.ts'

const OPT = '/opt/signalbox'

/** Our Node with its own loader and libraries, so that it runs in any image, whatever libraries that has. */
export const kitNode: readonly string[] = [
  `${OPT}/lib/loader`,
  '--library-path',
  `${OPT}/lib`,
  `${OPT}/node/bin/node`,
]

/** The kit in a container, read-only. */
export function kitMounts(kit: Kit): Mount[] {
  const opt = { source: join(kit.folder, 'opt'), target: OPT, readOnly: true }
  if (kit.nodeSource === undefined) return [opt]
  return [opt, { source: kit.nodeSource, target: `${OPT}/node/bin/node`, readOnly: true }]
}

/** The command of our init: by the loader that no other user may read, see linux/loader.ts. */
export function initCommand(config: object): string[] {
  return [
    `${OPT}/loader`,
    ...kitNode.slice(1),
    '--disable-sigusr1',
    '--v8-pool-size=1',
    '--max-semi-space-size=1',
    `${OPT}/init/main.cjs`,
    JSON.stringify(config),
  ]
}
