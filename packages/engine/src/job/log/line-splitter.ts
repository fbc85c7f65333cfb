import type { Masker } from './masker.ts'

/** A line in a log is at most this long, in characters; longer ones go on in the next line. */
export const maxLineLength = 64 * 1024

/** Turns the bytes of one stream into masked lines without their ends; invalid UTF-8 becomes U+FFFD. */
export interface LineSplitter {
  push(chunk: Uint8Array): void
  /** Goes on with what was kept while it was held. */
  resume(): void
  /** The last line, when it had no end. */
  end(): void
}

/**
 * `onLine` gets each line before masking, but no continuation of a long one; it may answer another text, or
 * undefined to drop it. `emit` gets what goes to the log. While `held` answers true, lines are kept.
 */
export function createLineSplitter(
  masker: Masker,
  emit: (text: string) => void,
  onLine: (text: string) => string | undefined = (text) => text,
  held: () => boolean = () => false,
): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let rest = ''
  let continued = false
  const line = (text: string) => {
    const kept = continued ? text : onLine(text)
    continued = false
    if (kept !== undefined) emit(masker.mask(kept))
  }
  const cutLong = (text: string, keep: number): string => {
    let left = text
    while (left.length > maxLineLength + keep) {
      const cut = cutAt(masker, left)
      emit(masker.mask(left.slice(0, cut)))
      continued = true
      left = left.slice(cut)
    }
    return left
  }
  const takeLines = (): void => {
    if (held()) return
    const lines = rest.split('\n')
    const last = lines.pop() ?? ''
    for (const [at, whole] of lines.entries()) {
      line(cutLong(whole.endsWith('\r') ? whole.slice(0, -1) : whole, 0))
      if (!held()) continue
      rest = [...lines.slice(at + 1), last].join('\n')
      return
    }
    // What is kept back is as long as the longest secret, so that one across the cut is seen whole.
    rest = cutLong(last, masker.longest)
  }
  return {
    push(chunk) {
      rest += decoder.decode(chunk, { stream: true })
      takeLines()
    },
    resume: takeLines,
    end() {
      rest += decoder.decode()
      const last = cutLong(rest, 0)
      rest = ''
      if (last !== '') line(last)
    },
  }
}

/** Where a long line may be cut: never inside a secret, never between the halves of a surrogate pair. */
function cutAt(masker: Masker, text: string): number {
  // A secret that ends beyond this begins behind the cut.
  const near = text.slice(0, maxLineLength + masker.longest)
  const across = masker.find(near).find(([start, end]) => start < maxLineLength && end > maxLineLength)
  const cut = across ? across[1] : maxLineLength
  const code = text.charCodeAt(cut - 1)
  return code >= 0xd800 && code <= 0xdbff ? cut + 1 : cut
}
