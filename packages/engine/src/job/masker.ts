/** Hides secrets in text: every value that was added, its lines, and the common encodings of both. */
export interface Masker {
  add(secret: string): void
  mask(text: string): string
  /** Places of secrets in the text, in order and without overlap: start inclusive, end exclusive. */
  find(text: string): Array<[start: number, end: number]>
  /** Length of the longest hidden text: a piece that is cut off must keep as much to look at. */
  readonly longest: number
}

/** Shorter parts of a secret are found everywhere and give nothing away. */
const shortestLine = 3
const shortestEncoded = 4

/** A masker that knows some secrets from the start; empty ones are left out. */
export function createMasker(secrets: Iterable<string> = []): Masker {
  const values = new Set<string>()
  let quick: RegExp | undefined
  let longest = 0
  const masker: Masker = {
    add(secret) {
      for (const form of formsOf(secret)) values.add(form)
      const sorted = [...values].sort((a, b) => b.length - a.length)
      longest = sorted[0]?.length ?? 0
      quick = sorted.length > 0 ? new RegExp(sorted.map(escapeRegExp).join('|')) : undefined
    },
    find(text) {
      if (!quick?.test(text)) return []
      const found: Array<[number, number]> = []
      for (const value of values) {
        for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
          found.push([at, at + value.length])
      }
      return merge(found)
    },
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
  for (const secret of secrets) masker.add(secret)
  return masker
}

function merge(ranges: Array<[number, number]>): Array<[number, number]> {
  ranges.sort((a, b) => a[0] - b[0])
  const merged: Array<[number, number]> = []
  for (const range of ranges) {
    const last = merged.at(-1)
    if (last && range[0] < last[1]) last[1] = Math.max(last[1], range[1])
    else merged.push([range[0], range[1]])
  }
  return merged
}

function formsOf(secret: string): string[] {
  if (secret.trim() === '') return []
  const lines = secret.split(/\r\n|\r|\n/)
  const parts =
    lines.length > 1 ? lines.map((line) => line.trim()).filter((line) => line.length >= shortestLine) : []
  // Logs are masked line by line: a value with line ends can only show up encoded.
  const plain = lines.length > 1 ? parts : [secret]
  const encoded = [secret, secret.trim(), ...parts].filter((value) => value.length >= shortestEncoded)
  return [...new Set([...plain, ...encoded.flatMap(encodings)])].filter(
    (form) => form !== '' && !form.includes('\n'),
  )
}

function encodings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  return [
    ...base64Forms(value),
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    encodeURIComponent(value.toWellFormed()).replaceAll('%20', '+'),
    encodeURI(value.toWellFormed()),
    value.replace(
      /[&<>"']/g,
      (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }[c]};`,
    ),
    value.replaceAll("'", "'\\''"),
    value.replace(/[\\"$`]/g, '\\$&'),
  ]
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

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
