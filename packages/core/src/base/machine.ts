/** What a worker is: its labels, and the group that it belongs to. Their case does not count. */
export interface Machine {
  labels: readonly string[]
  group: string
}

/** What a job wants of its worker: all of these labels, and the group when one is named. */
export interface MachineWish {
  labels: string[]
  group?: string
}

/** The group of a worker that names none, as on GitHub. */
export const defaultGroup = 'Default'

const ofEachArchitecture = {
  x64: ['x64', 'ubuntu-latest', 'ubuntu-26.04', 'ubuntu-24.04', 'ubuntu-22.04', 'ubuntu-slim'],
  arm64: [
    'arm64',
    'ubuntu-latest',
    'ubuntu-26.04-arm',
    'ubuntu-24.04-arm',
    'ubuntu-22.04-arm',
    'ubuntu-slim',
  ],
} as const

/** Labels of a worker that names none: each is the Linux sandbox of its machine. A `*` at the end stands for any. */
export function defaultLabels(arch: 'x64' | 'arm64'): string[] {
  return ['self-hosted', 'linux', ...ofEachArchitecture[arch], 'debian-*', 'signalbox']
}

/** Labels divided by commas; the word `default` stands for those of a worker that names none. */
export function labelsOf(text: string | undefined, arch: 'x64' | 'arm64'): string[] {
  const named = (text ?? 'default').split(',').map((label) => label.trim())
  const all = named.flatMap((label) => (label.toLowerCase() === 'default' ? defaultLabels(arch) : [label]))
  return [...new Set(all.filter((label) => label !== ''))]
}

/** The label of the wish that a machine has not; `group:NAME` for the group. Undefined: the job may run there. */
export function lacks(machine: Machine, wish: MachineWish): string | undefined {
  if (wish.group !== undefined && wish.group.toLowerCase() !== machine.group.toLowerCase()) {
    return `group:${wish.group}`
  }
  return wish.labels.find((label) => !hasLabel(machine.labels, label))
}

/** Whether one of a machine's labels is this one. */
export function hasLabel(labels: readonly string[], wanted: string): boolean {
  const folded = wanted.toLowerCase()
  return labels.some((label) => {
    const own = label.toLowerCase()
    return own.endsWith('*') ? folded.startsWith(own.slice(0, -1)) : own === folded
  })
}

/** Whether a label is of a system that a worker has only when somebody says so. */
export function isForeign(label: string): boolean {
  return /^(windows|macos)(-|$)/i.test(label)
}

/** What a job wants, in words: `the label gpu`, `the labels gpu and x64 in the group big`. */
export function wishWords({ labels, group }: MachineWish): string {
  const last = labels.at(-1)
  const words =
    last === undefined
      ? ''
      : labels.length === 1
        ? `the label ${last}`
        : `the labels ${labels.slice(0, -1).join(', ')} and ${last}`
  if (group === undefined) return words
  return words === '' ? `the group ${group}` : `${words} in the group ${group}`
}
