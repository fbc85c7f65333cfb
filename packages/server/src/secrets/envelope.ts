import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { Failure } from '@signalbox/core/base/failure.ts'

/** A master key: 32 bytes, and the name under which rows know it, which tells nothing of it. */
export interface MasterKey {
  id: string
  bytes: Buffer
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const version = 1
const wrappedBytes = nonceBytes + keyBytes + tagBytes
const headBytes = 1 + wrappedBytes

/** The key with its name: the beginning of an HMAC under it. */
export function masterKey(bytes: Buffer): MasterKey {
  if (bytes.length !== keyBytes) throw new Error(`A master key has ${keyBytes} bytes.`)
  const id = createHmac('sha256', bytes).update('signalbox master key').digest('hex').slice(0, 16)
  return { id, bytes }
}

/** A fresh master key. */
export function newMasterKey(): MasterKey {
  return masterKey(randomBytes(keyBytes))
}

/**
 * Encrypts a value under a data key of its own, which the master key wraps (AES-256-GCM both). `bound` names
 * the place where it is kept: opened anywhere else, it does not open. Layout: version (1), wrapped data key
 * (12 + 32 + 16), nonce (12), text, tag (16).
 */
export function seal(key: MasterKey, value: Buffer, bound: readonly string[]): Buffer {
  const dataKey = randomBytes(keyBytes)
  const wrapped = encrypt(key.bytes, dataKey, aadOf('key', bound))
  const text = encrypt(dataKey, value, aadOf('value', bound))
  dataKey.fill(0)
  return Buffer.concat([Buffer.of(version), wrapped, text])
}

/** The value; Failure `secret-damaged` when the key, the place or a byte is another. */
export function unseal(key: MasterKey, sealed: Buffer, bound: readonly string[]): Buffer {
  const dataKey = unwrap(key, sealed, bound)
  const value = decrypt(dataKey, sealed.subarray(headBytes), aadOf('value', bound))
  dataKey.fill(0)
  return value
}

/** The same value under the same data key, wrapped by another master key. */
export function rewrap(from: MasterKey, to: MasterKey, sealed: Buffer, bound: readonly string[]): Buffer {
  const dataKey = unwrap(from, sealed, bound)
  const wrapped = encrypt(to.bytes, dataKey, aadOf('key', bound))
  dataKey.fill(0)
  return Buffer.concat([Buffer.of(version), wrapped, sealed.subarray(headBytes)])
}

function unwrap(key: MasterKey, sealed: Buffer, bound: readonly string[]): Buffer {
  if (sealed[0] !== version || sealed.length < headBytes + nonceBytes + tagBytes) throw damaged()
  return decrypt(key.bytes, sealed.subarray(1, headBytes), aadOf('key', bound))
}

/** Lengths and all: no two places have the same bytes. */
function aadOf(layer: 'key' | 'value', bound: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['signalbox', version, layer, ...bound]), 'utf8')
}

function encrypt(key: Buffer, value: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(aad)
  return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, box: Buffer, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(aad)
  decipher.setAuthTag(box.subarray(box.length - tagBytes))
  try {
    return Buffer.concat([decipher.update(box.subarray(nonceBytes, box.length - tagBytes)), decipher.final()])
  } catch {
    throw damaged()
  }
}

function damaged(): Failure {
  return new Failure('secret-damaged', 'A stored secret does not open: its row was changed or moved.', {
    hint: 'Set it again.',
  })
}
