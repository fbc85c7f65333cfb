import type { Cli } from './cli.ts'

/** More than this is written at once: nobody should have to hold it. */
const maxChars = 64 * 1024

/** Standard output in few writes: each one is a system call, and a run has several lines in every turn of the loop. */
export function batchedOut(cli: Pick<Cli, 'out'>): { write(text: string): void; flush(): void } {
  let waiting = ''
  let planned: NodeJS.Immediate | undefined
  function flush(): void {
    clearImmediate(planned)
    planned = undefined
    if (waiting === '') return
    const text = waiting
    waiting = ''
    cli.out(text)
  }
  return {
    write(text) {
      waiting += text
      if (waiting.length > maxChars) flush()
      else planned ??= setImmediate(flush)
    },
    flush,
  }
}
