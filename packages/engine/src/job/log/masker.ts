import { createPieceIndex, pieceLength } from './piece-index.ts'

/** Hides secrets in text: every value that was added, its lines, and the common encodings of both. */
export interface Masker {
  /** False: this job hides as much as it may already, and the value is not hidden. */
  add(secret: string): boolean
  mask(text: string): string
  /** Places of secrets in the text, in order and without overlap: start inclusive, end exclusive. */
  find(text: string): Array<[start: number, end: number]>
  /** Length of the longest text to see whole: a piece that is cut off must keep as much to look at. */
  readonly longest: number
}

/** What a job may add to the secrets it began with: values and lines of values, and their characters in all. */
export const maxMasks = 500
export const maxMaskChars = 256 * 1024
/** Beyond this a secret may show as several stars instead of one: what is cut off need not keep more to look at. */
const longestSeenWhole = 16 * 1024
/** Shorter parts of a secret are found everywhere and give nothing away. */
const shortestLine = 3
const shortestEncoded = 4

/**
 * A masker that knows some secrets from the start; empty ones are left out. Whoever writes a log decides both
 * its text and its masks, so adding costs as much as the value is long, and finding as much as the text is.
 */
export function createMasker(secrets: Iterable<string> = []): Masker {
  const known = new Set<string>()
  const index = createPieceIndex()
  let masks = 0
  let chars = 0
  let longest = 0

  function hide(secret: string): void {
    known.add(secret)
    for (const form of formsOf(secret)) {
      for (const piece of piecesOf(form)) index.add(piece)
      longest = Math.max(longest, Math.min(form.length, longestSeenWhole))
    }
  }
  const masker: Masker = {
    add(secret) {
      if (known.has(secret) || secret.trim() === '') return true
      const lines = linesOf(secret).length
      if (masks + lines > maxMasks || chars + secret.length > maxMaskChars) return false
      masks += lines
      chars += secret.length
      hide(secret)
      return true
    },
    find: (text) => merge(index.find(text)),
    mask(text) {
      const found = masker.find(text)
      if (found.length === 0) return text
      let result = ''
      let from = 0
      for (const [start, end] of found) {
        result += `${text.slice(from, start)}***`
        from = end
      }
      return result + text.slice(from)
    },
    get longest() {
      return longest
    },
  }
  for (const secret of secrets) hide(secret)
  return masker
}

/**
 * A long text in equal pieces without overlap, each hidden on its own: half of a key is worth hiding, too, and
 * a text that repeats itself does not make the search of a long one quadratic.
 */
function piecesOf(form: string): string[] {
  const count = Math.ceil(form.length / pieceLength)
  return Array.from({ length: count }, (_, at) =>
    form.slice(Math.floor((at * form.length) / count), Math.floor(((at + 1) * form.length) / count)),
  )
}

/** Ranges that overlap or touch as one. They come ordered by their start. */
function merge(ranges: Array<[number, number]>): Array<[number, number]> {
  const merged: Array<[number, number]> = []
  for (const range of ranges) {
    const last = merged.at(-1)
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1])
    else merged.push([range[0], range[1]])
  }
  return merged
}

function formsOf(secret: string): string[] {
  if (secret.trim() === '') return []
  const lines = linesOf(secret)
  const parts =
    lines.length > 1 ? lines.map((line) => line.trim()).filter((line) => line.length >= shortestLine) : []
  // Logs are masked line by line: a value with line ends can only show up encoded.
  const plain = lines.length > 1 ? parts : [secret]
  const encoded = [secret, secret.trim(), ...parts].filter((value) => value.length >= shortestEncoded)
  return [...new Set([...plain, ...encoded.flatMap(encodings)])].filter(
    (form) => form !== '' && !form.includes('\n'),
  )
}

function linesOf(secret: string): string[] {
  return secret.split(/\r\n|\r|\n/)
}

/** How tools write a value inside of other texts. Most leave a plain token as it is, which then counts once. */
function encodings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const wellFormed = value.toWellFormed()
  const uri = encodeURIComponent(wellFormed)
  const strictUri = uri.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const uris = [uri, strictUri, encodeURI(wellFormed)]
  return [
    ...base64Forms(value),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    escapedUnicode(json, /[^\x00-\x7f]/g),
    // Go, .NET and others keep their JSON safe inside of HTML.
    escapedUnicode(json, /[<>&]/g),
    escapedUnicode(json, /[^\x00-\x7f]|[<>&'+`]/g),
    ...uris,
    ...[uri, strictUri].map((form) => form.replaceAll('%20', '+')),
    new URLSearchParams({ a: wellFormed }).toString().slice('a='.length),
    ...uris.map((form) => form.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())),
    entities(value, { "'": 'apos', '"': 'quot' }),
    entities(value, { "'": '#39', '"': 'quot' }),
    entities(value, { "'": '#39', '"': '#34' }),
    entities(value, { "'": '#x27', '"': 'quot' }),
    entities(value, {}),
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", "''"),
    value.replace(/[\\"$`]/g, '\\$&'),
    value.replace(/["\\]/g, '\\$&'),
    value.replace(/[\\']/g, '\\$&'),
    // As printf %q has it.
    value.replace(/[^A-Za-z0-9_@%+=:,./\-\x80-\uffff]/g, '\\$&'),
  ]
}

function escapedUnicode(text: string, which: RegExp): string {
  return text.replace(which, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function entities(value: string, quotes: Record<string, string>): string {
  const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', ...quotes }
  return value.replace(/[&<>"']/g, (c) => (names[c] === undefined ? c : `&${names[c]};`))
}

/** Base64 of a text that has the value somewhere inside: three alignments, without what neighbours change. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const forms = [bytes.toString('base64')]
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    forms.push(encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)))
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}
