import { call } from '../../lib/api.ts'
import type { LiveSocket } from '../../lib/live-socket.ts'
import type { LogModel } from '../../lib/log-model.ts'

interface ReadJobLogOptions {
  job: string
  live: LiveSocket
  model: LogModel
  onGrown(): void
  /** A newer attempt began: the log starts anew. */
  onRestart(): void
  /** Everything written so far is here. */
  onRead(complete: boolean): void
  onComplete(): void
  onError(error: unknown): void
}

const pageLines = 5000

/** Reads what is there by pages, then follows on the socket until the log is complete or it is stopped. */
export function readJobLog(options: ReadJobLogOptions): () => void {
  const { job, live, model } = options
  const abort = new AbortController()
  let stopLive = () => {}
  let attempt = 0

  function follow() {
    stopLive = live.readLog({
      job,
      after: () => ({ after: model.lastLine, ...(attempt > 0 ? { attempt } : {}) }),
      onLines(message) {
        if (message.attempt > attempt && attempt > 0) {
          model.clear()
          options.onRestart()
        }
        attempt = message.attempt
        if (model.add(message.lines) > 0) options.onGrown()
        if (message.complete) options.onComplete()
      },
    })
  }

  async function read() {
    for (;;) {
      const query = { after: model.lastLine, limit: pageLines }
      const page = await call('getJobLog', { params: { job }, query }, abort.signal)
      attempt = page.attempt
      model.add(page.lines)
      options.onGrown()
      if (page.more && page.lines.length > 0) continue
      options.onRead(page.complete)
      return page.complete ? undefined : follow()
    }
  }

  read().catch((error: unknown) => {
    if (!abort.signal.aborted) options.onError(error)
  })
  return () => {
    abort.abort()
    stopLive()
  }
}
