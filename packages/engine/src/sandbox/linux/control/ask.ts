import { Failure } from '@signalbox/core/base/failure.ts'
import type { Done } from './client.ts'
import { deadline } from './deadline.ts'
import type { ExecHost } from './exec.ts'
import { sendBytes } from './stream.ts'

/** Each MB that is sent or may come prolongs the deadline by this. */
const PER_MEGABYTE_MS = 1_000

/** One request that is no command, and what goes with it. */
export interface Question {
  type: number
  payload?: unknown
  data?: string | Uint8Array
  /** How many bytes the answer may bring; more ends the sandbox. */
  maxBytes?: number
  onChunk?(chunk: Buffer): void
}

/**
 * Sends one request and resolves with its answer. Throws what the inside refused, `sandbox-lost` when it ended
 * before, and `sandbox-no-answer` when it kept silent or said what was not asked; then it is ended from outside.
 */
export function ask(host: ExecHost, question: Question): Promise<Done> {
  const { data, maxBytes = 0 } = question
  const megabytes = Math.ceil(((data?.length ?? 0) + maxBytes) / (1 << 20))
  return new Promise((resolve, reject) => {
    let received = 0
    let over = false
    const met = deadline(host.answerMs + megabytes * PER_MEGABYTE_MS, () =>
      disbelieve('did not answer in time'),
    )

    function settle(done: Done): void {
      over = true
      met()
      host.control.release(channel)
      if (done.ok) resolve(done)
      else reject(new Failure(kebab(done.code), done.message ?? 'The sandbox refused.'))
    }

    function disbelieve(why: string): void {
      settle({ ok: false, code: 'sandbox-no-answer', message: `The sandbox ${why} and was ended.` })
      host.condemn(why)
    }

    const channel = host.control.open({
      onDone: settle,
      onOutput(_, chunk) {
        if (over) return
        received += chunk.length
        if (received > maxBytes) disbelieve('said more than it was asked')
        else question.onChunk?.(chunk)
      },
      onLost: () =>
        settle({ ok: false, code: 'sandbox-lost', message: 'The sandbox ended before it answered.' }),
    })
    host.control.send(question.type, channel, question.payload)
    if (data !== undefined)
      void sendBytes(host.control, channel, data, () => (over ? undefined : Promise.resolve()))
  })
}

function kebab(code: string | undefined): string {
  return code !== undefined && /^[a-z][a-z-]{1,40}$/.test(code) ? code : 'sandbox-file'
}
