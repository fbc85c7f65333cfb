/** What a .env file says, in its order, and what could not be read, by line. */
export interface Dotenv {
  items: { name: string; value: string }[]
  errors: string[]
}

const entry = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*/

/**
 * Reads a .env file: comments, `export`, values in single quotes (as they are) and double quotes (with \n and \"),
 * both over several lines. The last value of a name stands; empty values are left out.
 */
export function parseDotenv(text: string): Dotenv {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const values = new Map<string, string>()
  const errors: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const found = entry.exec(line)
    if (!found?.[1]) {
      errors.push(`Line ${at + 1} is not NAME=value.`)
      continue
    }
    const rest = line.slice(found[0].length)
    const quote = rest[0]
    if (quote !== '"' && quote !== "'") {
      values.set(found[1], rest.replace(/\s+#.*$/, '').trim())
      continue
    }
    const from = at
    let body = rest.slice(1)
    let end = closing(body, quote)
    while (end < 0 && at + 1 < lines.length) {
      at += 1
      body += `\n${lines[at]}`
      end = closing(body, quote)
    }
    if (end < 0) errors.push(`Line ${from + 1} begins with ${quote} and never ends.`)
    else values.set(found[1], quote === '"' ? plainText(body.slice(0, end)) : body.slice(0, end))
  }
  const items = [...values].map(([name, value]) => ({ name, value }))
  return { items: items.filter(({ value }) => value !== ''), errors }
}

function closing(body: string, quote: string): number {
  for (let at = 0; at < body.length; at++) {
    if (quote === '"' && body[at] === '\\') at += 1
    else if (body[at] === quote) return at
  }
  return -1
}

function plainText(text: string): string {
  return text.replace(/\\([nrt"\\])/g, (_, sign: string) => ({ n: '\n', r: '\r', t: '\t' })[sign] ?? sign)
}
