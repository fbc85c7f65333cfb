import { posix } from 'node:path'
import type { Sandbox } from '../../../sandbox/port.ts'
import { places } from '../../steps/step-files.ts'
import type { Annotation } from '../annotations.ts'

/**
 * Says for each file how its path reads from the nearest folder above it that git knows, or an empty line. What it
 * prints is the step's own word: it is a path in an annotation and nothing more.
 */
const script = `for file; do
  found=
  if [ -f "$file" ]; then
    folder=\${file%/*}
    while [ "\${folder#/}" != "$folder" ]; do
      if [ -e "$folder/.git" ]; then found=\${file#"$folder"/}; break; fi
      folder=\${folder%/*}
    done
  fi
  printf '%s\\n' "$found"
done`

/**
 * Problems with their files as the repository has them. A file that is not there, or in no repository, is left out,
 * as on GitHub: an annotation must not lead to the wrong place.
 */
export async function placeFiles(sandbox: Sandbox, problems: readonly Annotation[]): Promise<Annotation[]> {
  const absolute = (file: string) => posix.resolve(places.workspace, file)
  const usable = (file: string) => !/[\0\n\r]/.test(file) && absolute(file).startsWith(`${places.workspace}/`)
  const files = [...new Set(problems.flatMap(({ file }) => (file && usable(file) ? [absolute(file)] : [])))]
  const found = files.length === 0 ? new Map<string, string>() : await ask(sandbox, files)
  return problems.map((problem) => ({
    ...problem,
    file: (problem.file && found.get(absolute(problem.file))) || undefined,
  }))
}

async function ask(sandbox: Sandbox, files: string[]): Promise<Map<string, string>> {
  let text = ''
  try {
    const { code } = await sandbox.exec(['sh', '-c', script, 'sh', ...files], {
      cwd: '/',
      timeoutMs: 10_000,
      onOutput(stream, chunk) {
        if (stream === 'stdout' && text.length < 256 * 1024) text += Buffer.from(chunk).toString()
      },
    })
    if (code !== 0) return new Map()
  } catch {
    // The sandbox ended under it: then nobody knows where the files are.
    return new Map()
  }
  const lines = text.split('\n')
  return new Map(files.map((file, at) => [file, lines[at] ?? '']))
}
