/** One character of a pattern: which characters it stands for, how often, and where matching may go on without it. */
interface Atom {
  fits(character: string): boolean
  min: 0 | 1
  many: boolean
  /** Itself and what follows may be passed over, this many in all: a double star before a slash is no folder, too. */
  passes?: number
}

/** A pattern that was understood; a leading `!` is not part of it. */
export interface NamePattern {
  /** As written. */
  source: string
  /** Begins with `!`: takes away what patterns before it let through. */
  negative: boolean
  /** Whether the whole name matches. */
  matches(name: string): boolean
}

const range = /^(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])$/

/**
 * Understands a pattern for branches, tags or paths in GitHub's glob language: a star is anything but `/`, a double
 * star anything, `?` and `+` repeat the character before them, `[a-z]` is one of a set, a backslash takes a
 * character's meaning away (https://docs.github.com/actions/reference/workflow-syntax-for-github-actions, "Filter
 * pattern cheat sheet"). Matching takes time in proportion to pattern × name, whatever both are. A text is what is
 * wrong with it.
 */
export function parsePattern(source: string): NamePattern | string {
  const negative = source.startsWith('!')
  const atoms = atomsOf(negative ? source.slice(1) : source)
  if (typeof atoms === 'string') return atoms
  if (atoms.length === 0) return 'it is empty'
  return { source, negative, matches: (name) => matchesAll(atoms, name) }
}

/** Whether a name passes patterns that are looked at in their order: the last one that matches decides. */
export function passesPatterns(patterns: readonly NamePattern[], name: string): boolean {
  return patterns.findLast((pattern) => pattern.matches(name))?.negative === false
}

function atomsOf(text: string): Atom[] | string {
  const atoms: Atom[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    const last = atoms.at(-1)
    if (character === '*') {
      at += star(atoms, text, at)
      continue
    }
    if ((character === '?' || character === '+') && last) {
      // Behind another repetition both count: nothing about `a?+` is an error.
      if (character === '?') last.min = 0
      else last.many = true
      at++
      continue
    }
    if (character === '[') {
      const end = text.indexOf(']', at)
      if (end < 0) return 'a [ is never closed'
      const fits = setOf(text.slice(at + 1, end))
      if (typeof fits === 'string') return fits
      atoms.push({ fits: (other) => fits.has(other), min: 1, many: false })
      at = end + 1
      continue
    }
    const literal = character === '\\' ? text[at + 1] : character
    if (literal === undefined) return 'it ends in a backslash'
    atoms.push({ fits: (other) => other === literal, min: 1, many: false })
    at += character === '\\' ? 2 : 1
  }
  return atoms
}

/** Adds what stars at a place stand for; returns how many characters of the pattern that were. */
function star(atoms: Atom[], text: string, at: number): number {
  if (text[at + 1] !== '*') {
    atoms.push({ fits: (other) => other !== '/', min: 0, many: true })
    return 1
  }
  const startsSegment = at === 0 || text[at - 1] === '/'
  const folders = startsSegment && text[at + 2] === '/'
  // A fork of its own: only who stands before the folders may pass them over, not who is among them.
  if (folders) atoms.push({ fits: () => false, min: 0, many: false, passes: 3 })
  atoms.push({ fits: () => true, min: 0, many: true })
  if (!folders) return 2
  atoms.push({ fits: (other) => other === '/', min: 1, many: false })
  return 3
}

function setOf(text: string): ReadonlySet<string> | string {
  if (text === '') return '[] lists no character'
  const found = new Set<string>()
  for (let i = 0; i < text.length; i++) {
    const three = text.slice(i, i + 3)
    if (three.length === 3 && three[1] === '-') {
      const [from = '', , to = ''] = three
      if (!range.test(three) || from > to) return `${three} is not a range such as a-z, A-Z or 0-9`
      for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++)
        found.add(String.fromCharCode(code))
      i += 2
    } else {
      found.add(text[i] ?? '')
    }
  }
  return found
}

/** Walks all ways at once, as sets of places in the pattern, so that no pattern can make it try for ever. */
function matchesAll(atoms: readonly Atom[], name: string): boolean {
  let places = new Set<number>()
  reach(atoms, places, 0)
  for (let i = 0; i < name.length; i++) {
    const next = new Set<number>()
    for (const place of places) {
      const atom = atoms[place]
      if (!atom?.fits(name[i] ?? '')) continue
      reach(atoms, next, place + 1)
      if (atom.many) reach(atoms, next, place)
    }
    places = next
    if (places.size === 0) return false
  }
  return places.has(atoms.length)
}

/** Adds a place and those that are reached from it without a character. */
function reach(atoms: readonly Atom[], places: Set<number>, place: number): void {
  if (places.has(place)) return
  places.add(place)
  const atom = atoms[place]
  if (!atom) return
  if (atom.min === 0) reach(atoms, places, place + 1)
  if (atom.passes) reach(atoms, places, place + atom.passes)
}
