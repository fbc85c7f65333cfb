import { allNodes, type Flag, type Node, valueFlags } from './tree.ts'

/** The completion of fish, to be saved as \`~/.config/fish/completions/signalbox.fish\`. */
export function fishCompletion(root: Node): string {
  const nodes = allNodes(root)
  const known = nodes.filter((node) => node.path.length > 0).map((node) => quote(node.path.join(' ')))
  const lines = nodes.flatMap((node) => {
    const here = `-n ${quote(`__signalbox_at ${quote(node.path.join(' '))}`)}`
    const children = node.children.map(
      (child) =>
        `complete -c signalbox -f ${here} -a ${quote(child.path.at(-1) ?? '')} -d ${quote(child.summary)}`,
    )
    const flags = node.flags.map((flag) => `complete -c signalbox ${here} ${flagWords(flag)}`)
    const dynamic = node.kind
      ? [`complete -c signalbox -f ${here} -a '(signalbox complete ${node.kind} 2>/dev/null)'`]
      : []
    return [...children, ...flags, ...dynamic]
  })
  return `# fish completion of signalbox: signalbox completion fish > ~/.config/fish/completions/signalbox.fish
function __signalbox_at
    set -l at ''
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        if contains -- $word ${valueFlags(root).join(' ')}
            set skip yes
            continue
        end
        string match -q -- '-*' $word; and continue
        set -l next (string trim -- "$at $word")
        contains -- $next ${known.join(' ')}; and set at $next
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`
}

function flagWords(flag: Flag): string {
  const names = flag.names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  )
  const value = flag.takesValue
    ? [flag.kind ? `-x -a '(signalbox complete ${flag.kind} 2>/dev/null)'` : '-r']
    : ['-f']
  return [...names, ...value, `-d ${quote(flag.description)}`].join(' ')
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
