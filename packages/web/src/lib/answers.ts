import type { QuestionView } from '@signalbox/core/contract/views/agents.ts'

type Kind = QuestionView['options'][number]['kind']

/** One way to answer what an agent asks. */
export interface Answer {
  /** Undefined: none of the agent's own; it is told no. */
  option: string | undefined
  allow: boolean
  /** It holds for more than this question, so one is asked once more. */
  always: boolean
  /** What the button says: by the kind, since the label is the agent's own word. */
  verb: string
  /** The agent's words, where they say more than the verb. */
  label: string
  /** The key that goes to its button. */
  key: 'y' | 'n' | 'a' | undefined
}

const verbs: Record<Kind, string> = {
  allow_once: 'Allow once',
  allow_always: 'Allow always',
  reject_once: 'Reject',
  reject_always: 'Reject always',
}
const keys: Partial<Record<Kind, Answer['key']>> = { allow_once: 'y', allow_always: 'a', reject_once: 'n' }
const order: Kind[] = ['reject_always', 'reject_once', 'allow_always', 'allow_once']

/** The answers that a question has, the yes for this time last; there is always a no. */
export function answersTo(question: QuestionView): Answer[] {
  const used = new Set<Answer['key']>()
  const answers = order.flatMap((kind) =>
    question.options
      .filter((option) => option.kind === kind)
      .map((option): Answer => {
        const key = keys[kind]
        const first = key !== undefined && !used.has(key)
        if (first) used.add(key)
        return {
          option: option.id,
          allow: kind.startsWith('allow'),
          always: kind.endsWith('always'),
          verb: verbs[kind],
          label: saysMore(option.label, verbs[kind]) ? option.label : '',
          key: first ? key : undefined,
        }
      }),
  )
  if (answers.some((answer) => !answer.allow && !answer.always)) return answers
  const no: Answer = { option: undefined, allow: false, always: false, verb: 'Reject', label: '', key: 'n' }
  return [no, ...answers]
}

function saysMore(label: string, verb: string): boolean {
  const known = verb.toLowerCase().split(' ')
  const words = label.toLowerCase().split(/\s+/).filter(Boolean)
  return words.some((word) => !known.includes(word))
}
