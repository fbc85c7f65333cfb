import type { ReadStream } from 'node:tty'
import { Failure } from '@signalbox/core/base/failure.ts'

const longestBytes = 64 * 1024

/** All of standard input without the line end that `echo` adds; Failure `usage` when it is too long. */
export async function readPiped(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(chunk)
    length += chunk.length
    if (length > longestBytes) throw new Failure('usage', 'The value is longer than 48 KiB.')
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** Asks on a terminal without showing what is typed. Ctrl-C ends the question with a Failure `not-confirmed`. */
export function askHidden(
  input: ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  output.write(question)
  input.setRawMode(true)
  input.resume()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let typed = ''
  function onData(chunk: Buffer): void {
    for (const char of chunk.toString('utf8')) {
      if (char === '\r' || char === '\n' || char === '\u0004') resolve(typed)
      else if (char === '\u0003') reject(new Failure('not-confirmed', 'Nothing was done.'))
      else if (char === '\u007f' || char === '\b') typed = [...typed].slice(0, -1).join('')
      else typed += char
    }
  }
  input.on('data', onData)
  return promise.finally(() => {
    input.off('data', onData)
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  })
}
