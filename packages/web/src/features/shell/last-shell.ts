import type { ShellState } from '@signalbox/core/contract/views/snapshots.ts'

/** What became of the newest shell, without its times: "Your last shell here ended with 0". */
export function lastShellWords(last: NonNullable<ShellState['last']>): string {
  const whose = last.mine
    ? 'Your last shell here'
    : `The last shell here, of ${last.openedBy ?? 'somebody who left'},`
  if (last.open) return `${last.mine ? 'A shell of yours' : whose} is open`
  if (last.endedAt === null) return `${whose} was cut off`
  if (last.exitCode !== null && last.reason === null) return `${whose} ended with ${last.exitCode}`
  const reason = last.reason?.replace(/\.$/, '')
  return reason ? `${whose} was ended: ${reason}` : `${whose} ended`
}
