/** Waits for SIGTERM, SIGINT or the parent's end, then runs `stop` once; a second signal ends at once. */
export async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve()
      })
    }
    // `up` holds the other end: when it is killed, its children do not stay behind.
    if (process.env['SIGNALBOX_CHILD'] !== '1') return
    if (!process.connected) return resolve()
    process.once('disconnect', () => resolve())
  })
  await stop()
}
