/** What came of one request: an HTTP answer, nobody there, or a connection on which nothing was said in time. */
export type Health =
  | { kind: 'answer'; status: number; body: string }
  | { kind: 'closed' }
  | { kind: 'silent' }

const bodyExcerpt = 300

/** Asks an app through the unix socket of a published port. Never throws. */
export async function askHealth(
  socketPath: string,
  options: { path: string; host: string; timeoutMs: number },
): Promise<Health> {
  // Loaded where it is used: every run here would load it with the actions, and it brings a whole HTTP client along.
  const { request } = await import('node:http')
  return new Promise((resolve) => {
    const asked = request(
      {
        socketPath,
        path: options.path,
        headers: { host: options.host, connection: 'close', 'user-agent': 'signalbox-health' },
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMs))),
      },
      (answer) => {
        let body = ''
        const done = () =>
          resolve({ kind: 'answer', status: answer.statusCode ?? 0, body: body.slice(0, bodyExcerpt) })
        answer.setEncoding('utf8')
        answer.on('data', (text: string) => {
          body += text
          if (body.length < bodyExcerpt) return
          done()
          asked.destroy()
        })
        answer.on('end', done)
        answer.on('error', done)
      },
    )
    asked.on('error', (error) =>
      resolve(error.name === 'AbortError' ? { kind: 'silent' } : { kind: 'closed' }),
    )
    asked.end()
  })
}
