/** The longest text that the index takes, in characters. */
export const pieceLength = 32

/** Short texts, and where they stand in a longer one. */
export interface PieceIndex {
  /** From 1 to `pieceLength` characters. */
  add(piece: string): void
  /** For every place where a piece begins the longest one there: start inclusive, end exclusive, in order. */
  find(text: string): Array<[start: number, end: number]>
}

/** How many characters say whether a piece may begin here. */
const lead = 3

/** An index that grows without being built again; a search looks at each place of the text once. */
export function createPieceIndex(): PieceIndex {
  const pieces = new Set<string>()
  /** Whether any piece begins with characters of this hash: most places of a text go no further. */
  const gate = new Uint8Array(65_536)
  /** By the first characters, the lengths of the pieces that begin so, longest first. */
  const lengths = new Map<number, number[]>()
  let shorter: number[] = []

  function longestAt(text: string, at: number): number | undefined {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    if (gate[hash(a, b, c)] === 1) {
      const begun = lengths.get(key(a, b, c))
      const length = begun?.find((length) => pieces.has(text.slice(at, at + length)))
      if (length !== undefined) return Math.min(length, text.length - at)
    }
    return shorter.find((length) => at + length <= text.length && pieces.has(text.slice(at, at + length)))
  }
  return {
    add(piece) {
      if (piece === '' || pieces.has(piece)) return
      pieces.add(piece)
      if (piece.length < lead) {
        shorter = longestFirst(shorter, piece.length)
        return
      }
      const [a, b, c] = [piece.charCodeAt(0), piece.charCodeAt(1), piece.charCodeAt(2)]
      gate[hash(a, b, c)] = 1
      lengths.set(key(a, b, c), longestFirst(lengths.get(key(a, b, c)) ?? [], piece.length))
    },
    find(text) {
      const found: Array<[number, number]> = []
      if (pieces.size === 0) return found
      for (let at = 0; at < text.length; at++) {
        const length = longestAt(text, at)
        if (length !== undefined) found.push([at, at + length])
      }
      return found
    },
  }
}

function longestFirst(lengths: number[], length: number): number[] {
  return lengths.includes(length) ? lengths : [...lengths, length].sort((a, b) => b - a)
}

function hash(a: number, b: number, c: number): number {
  return (a * 961 + b * 31 * 37 + c * 7919) & 0xffff
}

function key(a: number, b: number, c: number): number {
  return (a * 65_536 + b) * 65_536 + c
}
