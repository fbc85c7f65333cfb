import { readFile } from 'node:fs/promises'
import { sameSecret } from './secret-token.ts'

/**
 * Whether an Authorization header has the token of SIGNALBOX_METRICS_TOKEN_FILE, of 16 characters or more. The file
 * is read each time: a token may be changed without a restart. False when it cannot be read.
 */
export async function isMetricsToken(tokenFile: string, authorization: string | undefined): Promise<boolean> {
  const sent = /^Bearer (\S{1,500})$/i.exec(authorization ?? '')?.[1]
  if (sent === undefined) return false
  const token = (await readFile(tokenFile, 'utf8').catch(() => '')).trim()
  return token.length >= 16 && sameSecret(sent, token)
}
