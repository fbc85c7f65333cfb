import { createHash } from 'node:crypto'

/** An id of ours as the stock clients want it: a number that JavaScript can hold, 52 bits of a digest. */
export function numberOf(id: string): string {
  return String(Number.parseInt(createHash('sha256').update(id).digest('hex').slice(0, 13), 16))
}
