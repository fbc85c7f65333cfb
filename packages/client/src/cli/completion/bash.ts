import { allNodes, candidatesOf, type Node, valueFlags } from './tree.ts'

/** The completion of bash 4 and newer, to be sourced. Only what the server knows is asked for at each Tab. */
export function bashCompletion(root: Node): string {
  const nodes = allNodes(root)
  const cases = nodes.map((node) => {
    const words = candidatesOf(node).map((each) => each.word)
    return `    ${quote(node.path.join(' '))})\n      words=${quote(words.join(' '))}\n      kind=${quote(node.kind ?? '')}\n      ;;`
  })
  const known = nodes.filter((node) => node.path.length > 0).map((node) => quote(node.path.join(' ')))
  return `# bash completion of signalbox: source <(signalbox completion bash)
_signalbox() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= next word words kind i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${valueFlags(root).join('|')}) ((i++)); continue ;;
      -*) continue ;;
    esac
    next=\${at:+$at }$word
    case $next in
      ${known.join('|')}) at=$next ;;
    esac
  done
  case $prev in
${flagKinds(root)
  .map(([name, kind]) => `    ${name}) _signalbox_known ${kind}; return ;;`)
  .join('\n')}
    ${valueFlags(root).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $at in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $kind && $cur != -* ]]; then _signalbox_known "$kind"; fi
}
_signalbox_known() {
  local line
  while IFS=$'\\t' read -r line _; do
    [[ $line == "$cur"* ]] && COMPREPLY+=("$(printf %q "$line")")
  done < <(signalbox complete "$1" 2>/dev/null)
}
complete -o default -F _signalbox signalbox
`
}

/** Flags whose value the server knows. */
function flagKinds(root: Node): [string, string][] {
  const found = new Map<string, string>()
  for (const flag of allNodes(root).flatMap((node) => node.flags)) {
    for (const name of flag.names) if (flag.kind) found.set(name, flag.kind)
  }
  return [...found]
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
