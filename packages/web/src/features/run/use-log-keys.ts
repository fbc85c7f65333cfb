import { useEffect, useRef } from 'react'
import { goKeys, typesText } from '../../lib/keys.ts'

/** What the keys of a log do. */
export interface LogKeys {
  move(to: number | 'first' | 'last'): void
  find(): void
  hit(step: 1 | -1): void
  mark(step: 1 | -1): void
  fold(): void
  times(): void
  wrap(): void
  /** Marks the line at the cursor, so that the address names it. */
  pick(extend: boolean): void
}

/** What a key does; the frame's j, k, n and / give way while a log is open. */
const meanings: Record<string, (keys: LogKeys) => void> = {
  j: (keys) => keys.move(1),
  k: (keys) => keys.move(-1),
  d: (keys) => keys.move(20),
  u: (keys) => keys.move(-20),
  g: (keys) => keys.move('first'),
  ['G']: (keys) => keys.move('last'),
  '/': (keys) => keys.find(),
  n: (keys) => keys.hit(1),
  ['N']: (keys) => keys.hit(-1),
  e: (keys) => keys.mark(1),
  ['E']: (keys) => keys.mark(-1),
  f: (keys) => keys.fold(),
  t: (keys) => keys.times(),
  w: (keys) => keys.wrap(),
}

/** Listens on the window, before the frame does: `g c` and the like still go where they go. */
export function useLogKeys(keys: LogKeys, scroller: { current: HTMLElement | null }): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    let afterG = false
    function listen(event: KeyboardEvent) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.key === 'Shift') return
      if (typesText(event.target) || document.querySelector('[role="dialog"]')) return
      const second = afterG
      afterG = event.key === 'g' && !second
      if (second && event.key in goKeys) return
      if (event.key === 'Enter' && event.target === scroller.current) {
        event.preventDefault()
        latest.current.pick(event.shiftKey)
        return
      }
      const act = meanings[event.key]
      if (!act) return
      event.preventDefault()
      // The frame waits for what comes after a g; any key but its own ends that.
      if (!second && event.key !== 'g') event.stopImmediatePropagation()
      act(latest.current)
    }
    window.addEventListener('keydown', listen, { capture: true })
    return () => window.removeEventListener('keydown', listen, { capture: true })
  }, [scroller])
}
