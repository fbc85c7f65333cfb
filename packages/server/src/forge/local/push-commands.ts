import { PassThrough, type Readable } from 'node:stream'
import { Failure } from '@signalbox/core/base/failure.ts'
import { checkRef } from './names.ts'

const maxBytes = 1024 * 1024
const oid = '[0-9a-f]{40}(?:[0-9a-f]{24})?'

/** One ref that a push wants to move; all zeros: it is made or deleted. */
export interface PushCommand {
  ref: string
  from: string
  to: string
}

/** The head of a push (gitprotocol-pack(5), "Reference Update Request and Packfile Transfer"). */
export interface PushRequest {
  commands: PushCommand[]
  capabilities: string[]
  /** The same request for git, its head written anew from what was read: git sees nothing that we did not. */
  body: Readable
}

export function isDeletion(command: PushCommand): boolean {
  return /^0+$/.test(command.to)
}

/** Reads the commands of a push and leaves the pack in the stream. Failure `bad-push` for what no git would send. */
export async function readPush(stream: Readable): Promise<PushRequest> {
  const lines: string[] = []
  let held: Buffer = Buffer.alloc(0)
  const need = async (count: number): Promise<Buffer | undefined> => {
    while (held.length < count) {
      const chunk = await nextChunk(stream)
      if (chunk === undefined) return undefined
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    }
    return held.subarray(0, count)
  }
  let read = 0
  for (;;) {
    const size = await need(4)
    if (!size) throw bad('it ends in the middle of its commands')
    const length = parseLength(size)
    if (length === 0) break
    read += length
    if (read > maxBytes) throw bad('it moves too many branches at once')
    const line = await need(length)
    if (!line) throw bad('it ends in the middle of its commands')
    lines.push(line.subarray(4).toString('utf8'))
    held = held.subarray(length)
  }
  const rest = held.subarray(4)
  const parsed = parseLines(lines)
  const body = new PassThrough()
  body.on('error', () => {})
  body.write(headOf(parsed))
  if (rest.length > 0) body.write(rest)
  stream.on('error', (error) => body.destroy(error))
  stream.on('close', () => {
    if (!stream.readableEnded) body.destroy(new Error('the client went away'))
  })
  stream.pipe(body)
  return { commands: parsed.commands, capabilities: parsed.capabilities, body }
}

async function nextChunk(stream: Readable): Promise<Buffer | undefined> {
  for (;;) {
    const chunk: unknown = stream.read()
    if (Buffer.isBuffer(chunk)) return chunk
    if (stream.readableEnded) return undefined
    if (stream.destroyed) throw stream.errored ?? new Error('the client went away')
    await new Promise<void>((resolve) => {
      const wake = () => {
        for (const event of events) stream.off(event, wake)
        resolve()
      }
      const events = ['readable', 'end', 'error', 'close'] as const
      for (const event of events) stream.once(event, wake)
    })
  }
}

function parseLength(size: Buffer): number {
  const text = size.toString('latin1')
  const length = /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : -1
  if (length === 0 || length > 4) return length
  throw bad('its lines are not as git writes them')
}

interface Parsed {
  shallow: string[]
  commands: PushCommand[]
  capabilities: string[]
}

function parseLines(lines: string[]): Parsed {
  const parsed: Parsed = { shallow: [], commands: [], capabilities: [] }
  for (const line of lines) {
    const [text = '', capabilities] = line.replace(/\n$/, '').split('\0', 2)
    const shallow = new RegExp(`^shallow (${oid})$`).exec(text)?.[1]
    if (shallow && parsed.commands.length === 0) {
      parsed.shallow.push(shallow)
      continue
    }
    const found = new RegExp(`^(${oid}) (${oid}) ([^ ]+)$`).exec(text)
    if (!found) throw bad('one of its commands is none that git writes')
    const [, from = '', to = '', ref = ''] = found
    // "HEAD" and the like are refs to git, though none that anybody may push to.
    checkRef(ref.startsWith('refs/') ? ref : `refs/${ref}`)
    parsed.commands.push({ ref, from, to })
    if (parsed.commands.length === 1) {
      const words = (capabilities ?? '').split(' ').filter((word) => /^[\x21-\x7e]{1,200}$/.test(word))
      parsed.capabilities.push(...words)
    }
  }
  return parsed
}

function headOf({ shallow, commands, capabilities }: Parsed): string {
  const known = capabilities.filter((word) => !/^(push-cert|push-options)/.test(word))
  const lines = [
    ...shallow.map((id) => `shallow ${id}`),
    ...commands.map(
      ({ from, to, ref }, n) => `${from} ${to} ${ref}${n === 0 ? `\0 ${known.join(' ')}` : ''}`,
    ),
  ]
  return `${lines.map(packetLine).join('')}0000`
}

/** One line of git's protocol with its length before it. */
export function packetLine(text: string | Buffer): string {
  const bytes = Buffer.from(text)
  return `${(bytes.length + 4).toString(16).padStart(4, '0')}${bytes.toString('utf8')}`
}

function bad(why: string): Failure {
  return new Failure('bad-push', `This push cannot be read: ${why}.`)
}
