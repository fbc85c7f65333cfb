/** A stretch of a YAML line, for colouring only. */
export interface YamlPart {
  kind: 'key' | 'comment' | 'text'
  text: string
}

/** Sets off the key and the comment of one line; a `#` counts only at the start or after a space. */
export function yamlParts(line: string): YamlPart[] {
  if (/^\s*#/.test(line)) return [{ kind: 'comment', text: line }]
  const key = /^(\s*(?:- )?)([A-Za-z0-9_.\-/"']+)(:)(?=\s|$)/.exec(line)
  const parts: YamlPart[] = []
  let rest = line
  if (key) {
    if (key[1]) parts.push({ kind: 'text', text: key[1] })
    parts.push({ kind: 'key', text: `${key[2]}${key[3]}` })
    rest = line.slice(key[0].length)
  }
  const quoted = /["']/.test(rest)
  const hash = quoted ? -1 : rest.search(/(^|\s)#/)
  if (hash < 0) {
    if (rest) parts.push({ kind: 'text', text: rest })
    return parts
  }
  if (hash > 0) parts.push({ kind: 'text', text: rest.slice(0, hash) })
  parts.push({ kind: 'comment', text: rest.slice(hash) })
  return parts
}
