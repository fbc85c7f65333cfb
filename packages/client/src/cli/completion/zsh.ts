import { allNodes, candidatesOf, type Node, valueFlags } from './tree.ts'

/** The completion of zsh, to be sourced or saved as \`_signalbox\` in a folder of \`fpath\`. */
export function zshCompletion(root: Node): string {
  const nodes = allNodes(root)
  const cases = nodes.map((node) => {
    const words = candidatesOf(node).map(({ word, says }) => quote(`${word.replaceAll(':', '\\:')}:${says}`))
    return `    ${quote(node.path.join(' '))})\n      kind=${quote(node.kind ?? '')}\n      words_here=(${words.join(' ')})\n      ;;`
  })
  const known = nodes.filter((node) => node.path.length > 0).map((node) => quote(node.path.join(' ')))
  return `#compdef signalbox
# zsh completion of signalbox: source <(signalbox completion zsh)
_signalbox() {
  local at= next word kind i
  local -a words_here
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      (${valueFlags(root).join('|')}) ((i++)); continue ;;
      (-*) continue ;;
    esac
    next=\${at:+$at }$word
    case $next in
      (${known.join('|')}) at=$next ;;
    esac
  done
  case $words[CURRENT-1] in
${allNodes(root)
  .flatMap((node) => node.flags)
  .filter(
    (flag, index, all) => flag.kind && all.findIndex((each) => each.names[0] === flag.names[0]) === index,
  )
  .map((flag) => `    (${flag.names.join('|')}) _signalbox_known ${flag.kind}; return ;;`)
  .join('\n')}
    (${valueFlags(root).join('|')}) _files; return ;;
  esac
  case $at in
${cases.join('\n')}
  esac
  [[ -n $kind && $words[CURRENT] != -* ]] && _signalbox_known $kind
  _describe -t commands 'signalbox' words_here
}
_signalbox_known() {
  local -a found
  local value says
  while IFS=$'\\t' read -r value says; do
    found+=("\${value//:/\\\\:}:$says")
  done < <(signalbox complete $1 2>/dev/null)
  _describe -t known $1 found
}
if [[ $funcstack[1] == _signalbox ]]; then _signalbox "$@"; else compdef _signalbox signalbox; fi
`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
