/** A row of a file's diff; `gap` is a hunk header. Line numbers are of the old and the new file. */
export interface DiffRow {
  kind: 'added' | 'removed' | 'same' | 'gap' | 'note'
  oldLine: number | null
  newLine: number | null
  text: string
}

/** One file of a unified diff. */
export interface DiffFile {
  path: string
  /** The former path of a renamed file. */
  from: string | null
  status: 'added' | 'removed' | 'renamed' | 'changed'
  binary: boolean
  added: number
  removed: number
  rows: DiffRow[]
}

/** A unified diff of git as files with rows. Unknown lines are kept as notes; nothing throws. */
export function parseDiff(diff: string): DiffFile[] {
  const files: DiffFile[] = []
  let file: DiffFile | null = null
  let counts = { old: 0, new: 0, oldLeft: 0, newLeft: 0 }
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const inHunk = counts.oldLeft > 0 || counts.newLeft > 0
    if (!inHunk && line.startsWith('diff --git ')) {
      file = newFile(line)
      files.push(file)
    } else if (!file) {
    } else if (!inHunk && line.startsWith('@@ ')) {
      counts = hunkCounts(line)
      file.rows.push({ kind: 'gap', oldLine: null, newLine: null, text: line })
    } else if (inHunk) addRow(file, line, counts)
    else if (line.startsWith('\\')) note(file, line.slice(2))
    else readHeader(file, line)
  }
  return files
}

function newFile(line: string): DiffFile {
  const { from, to } = pathsOf(line.slice('diff --git '.length))
  const renamed = from !== to
  return {
    path: to,
    from: renamed ? from : null,
    status: renamed ? 'renamed' : 'changed',
    binary: false,
    added: 0,
    removed: 0,
    rows: [],
  }
}

/** `a/x b/x`: a path may hold spaces, so equal halves are tried before the first ` b/`. */
function pathsOf(text: string): { from: string; to: string } {
  const half = (text.length - 1) / 2
  if (text.slice(2, half) === text.slice(half + 3))
    return { from: text.slice(2, half), to: text.slice(half + 3) }
  const quoted = /^"?a\/(.*?)"? "?b\/(.*?)"?$/.exec(text)
  return { from: quoted?.[1] ?? text, to: quoted?.[2] ?? text }
}

function readHeader(file: DiffFile, line: string): void {
  if (line.startsWith('new file')) file.status = 'added'
  else if (line.startsWith('deleted file')) file.status = 'removed'
  else if (line.startsWith('rename from ')) file.from = line.slice('rename from '.length)
  else if (line.startsWith('Binary files') || line.startsWith('GIT binary patch')) file.binary = true
  else if (line.startsWith('old mode') || line.startsWith('new mode')) note(file, line)
}

function note(file: DiffFile, text: string): void {
  file.rows.push({ kind: 'note', oldLine: null, newLine: null, text })
}

function hunkCounts(line: string) {
  const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
  const number = (index: number, missing: number) => Number(match?.[index] ?? missing)
  return { old: number(1, 0), new: number(3, 0), oldLeft: number(2, 1), newLeft: number(4, 1) }
}

function addRow(file: DiffFile, line: string, counts: ReturnType<typeof hunkCounts>): void {
  const mark = line[0] ?? ' '
  const text = line.slice(1)
  if (mark === '\\') {
    note(file, line.slice(2))
    return
  }
  if (mark === '+') {
    file.rows.push({ kind: 'added', oldLine: null, newLine: counts.new++, text })
    file.added += 1
    counts.newLeft -= 1
    return
  }
  if (mark === '-') {
    file.rows.push({ kind: 'removed', oldLine: counts.old++, newLine: null, text })
    file.removed += 1
    counts.oldLeft -= 1
    return
  }
  file.rows.push({ kind: 'same', oldLine: counts.old++, newLine: counts.new++, text })
  counts.oldLeft -= 1
  counts.newLeft -= 1
}

const generated =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum)$|\.(?:lock|snap|map)$|\.min\.(?:js|css)$|(?:^|\/)(?:dist|vendor|node_modules)\//

/** Whether a file is one that programs write: it is folded at first. */
export function isGenerated(path: string): boolean {
  return generated.test(path)
}

/** Lines of the new file that stand between two hunks and are not shown: from the end of one to the next. */
export function hiddenBefore(
  rows: readonly DiffRow[],
  gap: number,
): { from: number; to: number; shift: number } | null {
  const next = rows.slice(gap + 1).find((row) => row.newLine !== null || row.oldLine !== null)
  const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(rows[gap]?.text ?? '')
  if (!header || !next) return null
  const last = rows.slice(0, gap).findLast((row) => row.newLine !== null)?.newLine ?? 0
  const [oldStart, newStart] = [Number(header[1]), Number(header[2])]
  if (newStart - last <= 1) return null
  return { from: last + 1, to: newStart - 1, shift: oldStart - newStart }
}
