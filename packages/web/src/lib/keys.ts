import { useEffect, useRef } from 'react'

/** Keys that go somewhere, pressed one after the other. */
export const goKeys: Record<
  string,
  { to: '/' | '/inbox' | '/changes' | '/runs' | '/environments' | '/system' | '/account'; name: string }
> = {
  i: { to: '/inbox', name: 'Inbox' },
  p: { to: '/', name: 'Projects' },
  c: { to: '/changes', name: 'Changes' },
  r: { to: '/runs', name: 'Runs' },
  e: { to: '/environments', name: 'Environments' },
  s: { to: '/system', name: 'System' },
  a: { to: '/account', name: 'Your account' },
}

/** What a key press means, given the one before it: `g p`, `?`, `j`. Empty when it is only a beginning. */
export function keyMeaning(before: string, key: string): { meaning: string; pending: string } {
  if (before === 'g') return { meaning: key in goKeys ? `g ${key}` : '', pending: '' }
  return key === 'g' ? { meaning: '', pending: 'g' } : { meaning: key, pending: '' }
}

/** Whether a key press is meant for a field that takes text. */
export function typesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** Calls `onKeys` with the meaning of key presses outside of text fields and dialogs. */
export function useKeys(onKeys: (meaning: string, event: KeyboardEvent) => void): void {
  const latest = useRef(onKeys)
  latest.current = onKeys
  useEffect(() => {
    let pending = ''
    function listen(event: KeyboardEvent) {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        latest.current('palette', event)
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.key === 'Shift') return
      if (typesText(event.target) || document.querySelector('[role="dialog"]')) return
      const next = keyMeaning(pending, event.key)
      pending = next.pending
      if (next.meaning) latest.current(next.meaning, event)
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
}

/** Moves the focus among the items of the page's lists. */
export function moveInList(step: 1 | -1): void {
  const items = [...document.querySelectorAll<HTMLElement>('[data-list-item]')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

/** Puts away the list item that has the focus and goes to the next; false when it cannot be put away. */
export function putAway(): boolean {
  const item = document.activeElement?.closest('li')
  const button = item?.querySelector<HTMLElement>('[data-done]')
  if (!button) return false
  moveInList(1)
  button.click()
  return true
}

/**
 * Says yes, no or always to what the page asks. The first press goes to the button that would do it, so that one sees
 * what one is about to say; the second one presses it. False when nothing is asked.
 */
export function answer(key: 'y' | 'n' | 'a'): boolean {
  const button = document.querySelector<HTMLElement>(`main [data-answer="${key}"]:not(:disabled)`)
  if (!button) return false
  if (document.activeElement === button) button.click()
  else {
    button.focus({ focusVisible: true } as FocusOptions)
    button.scrollIntoView({ block: 'nearest' })
  }
  return true
}
