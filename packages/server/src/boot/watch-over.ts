/** One round after the other, so that a slow repair is not begun twice; `stop` waits for the round under way. */
export function watchOver(everyMs: number, look: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let current = Promise.resolve()
  const round = () => {
    current = look().then(() => {
      if (!stopped) timer = setTimeout(round, everyMs)
    })
  }
  timer = setTimeout(round, everyMs)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}

/** Passes a text on only when it is another one than the last: a trouble that lasts is said once. */
export function sayOnce(say: (text: string) => void): (text: string) => void {
  let last = ''
  return (text) => {
    if (text === last) return
    last = text
    if (text !== '') say(text)
  }
}
