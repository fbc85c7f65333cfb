import { Link, type LinkProps, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { scrollBarTo } from '../lib/scroll-bar-to.ts'

/** A part of a page that has its own address. */
export interface LinkTab {
  to: NonNullable<LinkProps['to']>
  name: string
}

/** Parts of a page as links: each has its own address, so that it can be sent, opened aside and gone back to. */
export function LinkTabs({ label, items }: { label: string; items: readonly LinkTab[] }) {
  const bar = useRef<HTMLElement>(null)
  const pathname = useLocation({ select: (location) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a narrow screen the bar scrolls to the part shown
  useEffect(() => {
    scrollBarTo(bar.current, bar.current?.querySelector('.active'))
  }, [pathname, items.length])
  return (
    <nav ref={bar} className="tabs" aria-label={label} style={{ marginBottom: 20 }}>
      {items.map((item) => (
        <Link
          key={item.to}
          to={item.to}
          className="tab"
          activeOptions={{ exact: true, includeSearch: false }}
        >
          {item.name}
        </Link>
      ))}
    </nav>
  )
}
