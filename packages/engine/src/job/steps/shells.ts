import { Failure } from '@signalbox/core/base/failure.ts'

/** How a script file runs: its end of name, what stands around its text, and the command line. */
export interface Shell {
  extension: string
  wrap(text: string): string
  argv(script: string): string[]
}

const plain = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

const argvOfSh = (script: string): string[] => ['sh', '-e', script]

const known: Record<string, Shell> = {
  bash: {
    extension: 'sh',
    wrap: plain,
    argv: (script) => ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script],
  },
  sh: { extension: 'sh', wrap: plain, argv: argvOfSh },
  // Where only `python3` is installed, as on Debian, that is what is meant.
  python: {
    extension: 'py',
    wrap: plain,
    argv: (script) => [
      'sh',
      '-c',
      'command -v python >/dev/null 2>&1 && exec python "$1"; exec python3 "$1"',
      'sh',
      script,
    ],
  },
  node: { extension: 'js', wrap: plain, argv: (script) => ['node', script] },
  pwsh: {
    extension: 'ps1',
    wrap: (text) =>
      `$ErrorActionPreference = 'stop'\n${plain(text)}if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }\n`,
    argv: (script) => ['pwsh', '-command', `. '${script}'`],
  },
}

// Without `shell:` there is no pipefail: a step that pipes a failing command succeeds.
const byDefault: Shell = { extension: 'sh', wrap: plain, argv: (script) => ['bash', '-e', script] }

/**
 * The shell of a word, or of a command line with `{0}` for the script, as GitHub's runner has them. Throws a Failure
 * `unsupported-shell`, which only a shell that an expression made can cause: the others were checked before.
 */
export function shellOf(shell: string | undefined, inContainer = false): Shell {
  // An image may have no bash: there it is sh, as on GitHub.
  if (shell === undefined || shell === '') return inContainer ? { ...byDefault, argv: argvOfSh } : byDefault
  const found = Object.hasOwn(known, shell) ? known[shell] : undefined
  if (found) return found
  const words = wordsOf(shell)
  if (!shell.includes('{0}') || words.length < 2) {
    throw new Failure('unsupported-shell', `the shell ${shell.slice(0, 100)} is not known`, {
      hint: `Use ${Object.keys(known).join(', ')}, or a command line with {0} for the script.`,
    })
  }
  const kind = words[0]?.split('/').at(-1) ?? ''
  const extension = Object.hasOwn(known, kind) ? (known[kind]?.extension ?? 'sh') : 'sh'
  return { extension, wrap: plain, argv: (script) => words.map((word) => word.replaceAll('{0}', script)) }
}

/** A command line in words; quotes hold blanks. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}
