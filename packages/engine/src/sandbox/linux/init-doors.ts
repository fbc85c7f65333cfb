import { basename } from 'node:path'
import type { ServiceDoors } from '../port.ts'

/** The doors to services as the init is told of them; one that runs on the host itself sees the host's own folder. */
export function initDoors(
  doors: ServiceDoors | undefined,
  onHost: boolean,
): Array<{ address: string; port: number; path: string }> {
  return (doors?.listen ?? []).map(({ address, port, socket }) => ({
    address,
    port,
    path: onHost ? socket : `/run/signalbox/services/${basename(socket)}`,
  }))
}
