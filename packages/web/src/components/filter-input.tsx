import { useEffect, useRef } from 'react'
import { typesText } from '../lib/keys.ts'

interface FilterInputProps {
  value: string
  label: string
  onChange: (value: string) => void
}

/** Narrows a list by typing; `/` brings the focus here. */
export function FilterInput({ value, label, onChange }: FilterInputProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    function listen(event: KeyboardEvent) {
      if (event.key !== '/' || typesText(event.target)) return
      event.preventDefault()
      input.current?.focus()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
  return (
    <input
      ref={input}
      className="filter"
      type="search"
      aria-label={label}
      placeholder={`${label}  /`}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}
