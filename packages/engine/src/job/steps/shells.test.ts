import { describe, expect, it } from 'vitest'
import { shellOf } from './shells.ts'

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, defaults.run.shell. */
describe('a shell', () => {
  it.each([
    [undefined, 'sh', ['bash', '-e', '/s']],
    ['', 'sh', ['bash', '-e', '/s']],
    ['bash', 'sh', ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '/s']],
    ['sh', 'sh', ['sh', '-e', '/s']],
    ['pwsh', 'ps1', ['pwsh', '-command', ". '/s'"]],
    ['node', 'js', ['node', '/s']],
    ['perl {0}', 'sh', ['perl', '/s']],
    ['bash -x {0}', 'sh', ['bash', '-x', '/s']],
    ['/usr/bin/python -u {0}', 'py', ['/usr/bin/python', '-u', '/s']],
    ['  node   --check  {0} ', 'js', ['node', '--check', '/s']],
    [`sh -c 'echo "$1"; . {0}' a`, 'sh', ['sh', '-c', 'echo "$1"; . /s', 'a']],
    ['pwsh -command "& {0}"', 'ps1', ['pwsh', '-command', '& /s']],
  ])('%j has its file and its command line', (name, extension, argv) => {
    const shell = shellOf(name)
    expect([shell.extension, shell.argv('/s')]).toEqual([extension, argv])
  })

  it('python is what is installed of it', () => {
    expect(shellOf('python').argv('/s').at(-1)).toBe('/s')
    expect(shellOf('python').extension).toBe('py')
  })

  it.each(['fish', 'cmd', 'powershell', '{0}', ' {0} ', 'Bash', 'constructor', 'bash -e'])(
    '%j is refused',
    (name) => {
      expect(() => shellOf(name)).toThrow(/is not known/)
    },
  )

  it('has its script as it is written, with an end of line', () => {
    for (const name of [undefined, 'bash', 'sh', 'python', 'node', 'perl {0}']) {
      expect(shellOf(name).wrap('a\r\nb')).toBe('a\r\nb\n')
      expect(shellOf(name).wrap('a\n')).toBe('a\n')
    }
  })

  it('of PowerShell stops at the first error, and ends as its last program did', () => {
    const [first, text, last] = shellOf('pwsh').wrap('x').trimEnd().split('\n')
    expect(first).toBe("$ErrorActionPreference = 'stop'")
    expect(text).toBe('x')
    expect(last).toBe('if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }')
  })
})
