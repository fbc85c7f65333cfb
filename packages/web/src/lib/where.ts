import { useLocation } from '@tanstack/react-router'

/** The project that the page is about or filtered by: from the address, undefined for all. */
export function useProjectInAddress(): string | undefined {
  const { pathname, search } = useLocation()
  const named = /^\/projects\/([^/]+)/.exec(pathname)?.[1]
  if (named) return decodeURIComponent(named)
  return 'project' in search && typeof search.project === 'string' ? search.project : undefined
}
