import { type KeyboardEvent, type ReactNode, useEffect, useId } from 'react'
import { scrollBarTo } from '../lib/scroll-bar-to.ts'

interface TabsProps<T extends string> {
  label: string
  value: T
  items: { value: T; label: ReactNode }[]
  onChange: (value: T) => void
  children: ReactNode
}

/** Tabs with arrow keys; the panel is what the value names. */
export function Tabs<T extends string>({ label, value, items, onChange, children }: TabsProps<T>) {
  const id = useId()
  // On a narrow screen the bar scrolls, and the tab of the address may stand outside of it.
  useEffect(() => {
    const tab = document.getElementById(`${id}-${value}`)
    scrollBarTo(tab?.parentElement, tab)
  }, [id, value])
  function onKey(event: KeyboardEvent<HTMLDivElement>) {
    const next = tabAfter(items, value, event.key)
    if (!next) return
    event.preventDefault()
    onChange(next.value)
    document.getElementById(`${id}-${next.value}`)?.focus()
  }
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {items.map((item) => (
          <button
            key={item.value}
            id={`${id}-${item.value}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={item.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={item.value === value ? 0 : -1}
            onClick={() => onChange(item.value)}
          >
            {item.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  )
}

/** The tab that a key goes to: arrows around the ends, Home and End to them; undefined of any other key. */
function tabAfter<T extends { value: string }>(items: T[], value: string, key: string): T | undefined {
  if (key === 'Home') return items[0]
  if (key === 'End') return items.at(-1)
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  const at = items.findIndex((item) => item.value === value)
  return step ? items[(at + step + items.length) % items.length] : undefined
}
