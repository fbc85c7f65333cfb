import { Failure } from '@signalbox/core/base/failure.ts'
import { hashPassword, verifyPassword } from 'better-auth/crypto'

export const minPasswordLength = 12
export const maxPasswordLength = 128

/** Failure `weak-password`: too short, too long, the same few characters, or what everybody knows of the person. */
export function checkPassword(password: string, person: { name: string; email: string | null }): void {
  const length = [...password].length
  if (length < minPasswordLength || length > maxPasswordLength) {
    throw weak(`A password has ${minPasswordLength} to ${maxPasswordLength} characters; this has ${length}.`)
  }
  if (new Set(password.toLowerCase()).size < 5)
    throw weak('This password has fewer than 5 different characters.')
  const known = [person.email, person.email?.split('@')[0], person.name].flatMap((text) => text ?? [])
  const rest = known.reduce((text, word) => {
    return word.length < 4 ? text : text.toLowerCase().replaceAll(word.toLowerCase(), '')
  }, password)
  if ([...rest].length < 8) throw weak('This password is mostly your name or e-mail address.')
}

function weak(reason: string): Failure {
  return new Failure('weak-password', reason, {
    hint: 'Take four or more words that have nothing to do with each other, or let a password manager make one.',
  })
}

/** scrypt, with a salt of its own. */
export async function hashOf(password: string): Promise<string> {
  return await hashPassword(password)
}

/** Whether it is the password of this hash; takes as long for a wrong one. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  return await verifyPassword({ hash, password })
}
