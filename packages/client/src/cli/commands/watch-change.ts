import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { followEvents } from '../../api/follow.ts'
import { type Cli, liveConnection } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { endedBadly, stateOf } from '../lamps.ts'
import { plain } from '../style.ts'
import { newsBetween } from './change-news.ts'
import { newsText, nextStepText } from './change-text.ts'

/** Whether there is nothing more to watch: it is over, or a person is asked. */
export function rests(change: Pick<ChangeDetail, 'status' | 'waitingFor'>): boolean {
  return change.status === 'completed' || change.waitingFor !== null
}

/**
 * Follows a change live until it is completed or waits for a person; answers the exit code. As JSON it prints
 * the change once, at the end.
 */
export async function watchChange(cli: Cli, id: string, json: boolean): Promise<number> {
  let known: ChangeDetail | undefined
  /** False when it rests. */
  async function look(): Promise<boolean> {
    const change = await cli.api().call('getChange', { params: { change: id } })
    if (!json) for (const news of newsBetween(known, change)) cli.out(newsText(cli, news))
    known = change
    return !rests(change)
  }
  await followEvents(liveConnection(cli), {
    // Looked at only when the channel stands: what happens after that look comes as an event.
    onReady: look,
    onEvent: (event) => (event.changeId === id ? look() : true),
  })
  if (!known || cli.signal.aborted) return exitCodes.interrupted
  if (json) cli.json(known)
  else {
    cli.out(`\n#${known.number} ${stateOf(known)}${known.reason ? `: ${plain(known.reason)}` : ''}\n`)
    cli.out(nextStepText(cli, known))
  }
  return endedBadly(known) ? exitCodes.failed : exitCodes.ok
}
