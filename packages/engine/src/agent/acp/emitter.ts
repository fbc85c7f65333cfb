import type { AgentEvent } from '../port.ts'

/** Bounds on one turn: the conversation of a change is read as a whole. */
const maxEvents = 1_500
const maxChars = 3 * 1024 * 1024

/** Passes events on one after the other, and stops at the bounds of a turn with a notice. */
export interface Emitter {
  /** Resolves when it is stored; never throws: `lost` says what went wrong. */
  emit(event: AgentEvent): Promise<void>
  /** What storing failed with. */
  lost(): unknown
  drained(): Promise<void>
}

/** `onLost` is called once, when an event could not be stored: the agent must not go on unseen. */
export function createEmitter(store: (event: AgentEvent) => Promise<void>, onLost: () => void): Emitter {
  let chain = Promise.resolve()
  let lost: unknown
  let count = 0
  let chars = 0
  let cut = false

  /** Questions, answers and what was used are few, and are kept whatever else there is. */
  function isKept(event: AgentEvent): boolean {
    if (event.type === 'usage' || event.type.startsWith('permission_')) return true
    count += 1
    chars += JSON.stringify(event).length
    return count <= maxEvents && chars <= maxChars
  }

  async function pass(event: AgentEvent): Promise<void> {
    if (lost !== undefined) return
    try {
      if (isKept(event)) return await store(event)
      if (cut) return
      cut = true
      const text = `[Signalbox: this turn has more than ${maxEvents} events or ${maxChars} characters; the rest is not kept.]\n`
      await store({ type: 'output', stream: 'stderr', text })
    } catch (error) {
      lost = error
      onLost()
    }
  }

  return {
    emit(event) {
      chain = chain.then(() => pass(event))
      return chain
    },
    lost: () => lost,
    drained: () => chain,
  }
}
