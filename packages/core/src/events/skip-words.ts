const words = ['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '[actions skip]']

/**
 * The words by which a commit's message asks that pushes and pull requests start nothing, or undefined
 * (https://docs.github.com/actions/how-tos/manage-workflow-runs/skip-workflow-runs): a word in brackets anywhere, or
 * the trailer `skip-checks: true` as the message's last line.
 */
export function skipWords(message: string): string | undefined {
  const found = words.find((word) => message.toLowerCase().includes(word))
  if (found) return found
  const last = message.trimEnd().split('\n')
  const trailer = last.length > 1 ? /^skip-checks:\s*true$/i.exec(last.at(-1)?.trim() ?? '') : null
  return trailer ? 'skip-checks: true' : undefined
}
