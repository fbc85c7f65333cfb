/** The command line for a script file, exactly as GitHub's runner has it. */
export function shellArgv(shell: string | undefined, script: string): string[] {
  if (shell === 'bash') return ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script]
  if (shell === 'sh') return ['sh', '-e', script]
  // Without `shell:` there is no pipefail: a step that pipes a failing command succeeds.
  return ['bash', '-e', script]
}
