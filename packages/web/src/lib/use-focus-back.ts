import { useEffect } from 'react'

/**
 * Gives the focus back, once a dialog closes, to what had it before. Mantine does so only for a dialog that was
 * there before it opened, not for one that comes and goes as a whole.
 */
export function useFocusBack(open: boolean): void {
  useEffect(() => {
    if (!open) return
    const before = document.activeElement
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [open])
}
