import { Link, type LinkProps } from '@tanstack/react-router'

/** A part of a page that has its own address. */
export interface LinkTab {
  to: NonNullable<LinkProps['to']>
  name: string
}

/** Parts of a page as links: each has its own address, so that it can be sent, opened aside and gone back to. */
export function LinkTabs({ label, items }: { label: string; items: readonly LinkTab[] }) {
  return (
    <nav className="tabs" aria-label={label} style={{ marginBottom: 20 }}>
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
