import { maxMatchChars } from './log-match.ts'

/** Texts to try an expression on, and which of them held it: asked of the Worker in this file. */
export interface MatchRequest {
  id: number
  source: string
  texts: string[]
}
export interface MatchReply {
  id: number
  /** Indexes into `texts`. */
  hits: number[]
}

/** Which texts hold the expression. Runs in a Worker: an expression may take for ever, and is then ended. */
export function hitsOf({ source, texts }: Omit<MatchRequest, 'id'>): number[] {
  const expression = new RegExp(source, 'iu')
  return texts.flatMap((text, index) => (expression.test(text.slice(0, maxMatchChars)) ? [index] : []))
}

if (typeof window === 'undefined' && 'postMessage' in globalThis) {
  self.onmessage = (message: MessageEvent<MatchRequest>) => {
    self.postMessage({ id: message.data.id, hits: hitsOf(message.data) } satisfies MatchReply)
  }
}
