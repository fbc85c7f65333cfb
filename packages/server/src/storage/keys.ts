import { createHash } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'

const part = /^[a-z0-9_][a-z0-9._-]{0,199}$/
const longestKey = 900
const longestEscaped = 120

/** The key itself; a Failure `invalid-key` when it is not a path of lower-case words. */
export function checkedKey(key: string): string {
  if (key.length <= longestKey && key.split('/').every((word) => part.test(word))) return key
  throw new Failure('invalid-key', 'This is not the key of a blob.')
}

/** A prefix for `list`: empty, or the beginning of a key; a Failure `invalid-key` else. */
export function checkedPrefix(prefix: string): string {
  if (prefix === '' || (prefix.length <= longestKey && /^[a-z0-9_][a-z0-9._/-]*$/.test(prefix))) {
    if (!/(^|\/)(\.|\/)/.test(prefix)) return prefix
  }
  throw new Failure('invalid-key', 'This is not the beginning of a key.')
}

/**
 * Any text as one word of a key, another one for each text: a name of an artifact, a branch. What is not a
 * lower-case letter, a digit, `-` or a dot inside becomes `_` and its bytes in hex; long ones end in a digest.
 */
export function keyPart(text: string): string {
  const escaped = [...Buffer.from(text.toWellFormed(), 'utf8')]
    .map((byte, at) => {
      const char = String.fromCharCode(byte)
      const plain = /[a-z0-9-]/.test(char) || (char === '.' && at > 0)
      return plain && !(char === '-' && at === 0) ? char : `_${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
  if (escaped !== '' && escaped.length <= longestEscaped) return escaped
  const digest = createHash('sha256').update(text.toWellFormed(), 'utf8').digest('hex')
  return `${escaped.slice(0, longestEscaped - 66)}__${digest}`
}
