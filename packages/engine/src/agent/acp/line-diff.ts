const maxCells = 2_000_000
const context = 3

interface Line {
  sign: ' ' | '-' | '+'
  text: string
}

/**
 * What became of one file as a unified diff, for people. Files whose differing parts are too large to compare
 * line by line are shown as taken out and put in.
 */
export function lineDiff(path: string, before: string | null, after: string): string {
  const old = before === null || before === '' ? [] : before.replace(/\n$/, '').split('\n')
  const now = after === '' ? [] : after.replace(/\n$/, '').split('\n')
  const hunks = hunksOf(compare(old, now))
  if (hunks.length === 0) return ''
  const made = before === null ? 'new file mode 100644\n' : ''
  const from = before === null ? '/dev/null' : `a/${path}`
  const head = `diff --git a/${path} b/${path}\n${made}--- ${from}\n+++ b/${path}\n`
  return head + hunks.join('')
}

function compare(old: string[], now: string[]): Line[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  const room = Math.min(old.length, now.length) - start
  while (end < room && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1
  const same = (text: string): Line => ({ sign: ' ', text })
  return [
    ...old.slice(0, start).map(same),
    ...middle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map(same),
  ]
}

/** The longest common subsequence, by the table that everybody knows; bounded by `maxCells`. */
function middle(old: string[], now: string[]): Line[] {
  const out = old.map((text): Line => ({ sign: '-', text }))
  const into = now.map((text): Line => ({ sign: '+', text }))
  if (old.length === 0 || now.length === 0 || old.length * now.length > maxCells) return [...out, ...into]
  const width = now.length + 1
  const table = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number) => table[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      table[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    const [a, b] = [old[i], now[j]]
    if (a !== undefined && a === b) {
      lines.push({ sign: ' ', text: a })
      i += 1
      j += 1
    } else if (b === undefined || (a !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: a ?? '' })
      i += 1
    } else {
      lines.push({ sign: '+', text: b })
      j += 1
    }
  }
  return lines
}

function hunksOf(lines: Line[]): string[] {
  const hunks: string[] = []
  let [oldAt, newAt] = [1, 1]
  for (let at = 0; at < lines.length; ) {
    const first = lines.findIndex((line, n) => n >= at && line.sign !== ' ')
    if (first === -1) break
    const from = Math.max(at, first - context)
    let to = first
    for (let quiet = 0; to < lines.length && quiet <= context * 2; to++) {
      quiet = lines[to]?.sign === ' ' ? quiet + 1 : 0
    }
    while (to > first && lines.slice(to - context - 1, to).every((line) => line.sign === ' ')) to -= 1
    oldAt += from - at
    newAt += from - at
    const part = lines.slice(from, to)
    const olds = part.filter((line) => line.sign !== '+').length
    const news = part.filter((line) => line.sign !== '-').length
    const range = `-${olds === 0 ? oldAt - 1 : oldAt},${olds} +${news === 0 ? newAt - 1 : newAt},${news}`
    hunks.push(`@@ ${range} @@\n${part.map((line) => `${line.sign}${line.text}\n`).join('')}`)
    oldAt += olds
    newAt += news
    at = to
  }
  return hunks
}
