import { labelsOf, type Machine } from '@signalbox/core/base/machine.ts'
import type { Config } from '../config.ts'

/** What `runs-on` sees of this worker. */
export function thisMachine(
  config: Pick<Config, 'workerLabels' | 'workerGroup'>,
): Machine & { labels: string[] } {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  return { labels: labelsOf(config.workerLabels, arch), group: config.workerGroup }
}
