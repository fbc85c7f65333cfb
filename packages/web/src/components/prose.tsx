import { lazy, Suspense } from 'react'
import { isPlain } from '../lib/plain-text.ts'

/**
 * The library that reads Markdown is no part of the first load. A page that may show some asks for it beside its
 * data, so that the words do not change their look a moment later; without it they are still there.
 */
const loading = import('./markdown.tsx').catch(() => ({ default: Plain }))
const Markdown = lazy(() => loading)

/** Words of a person, an agent or a step, as Markdown; no markup of theirs is ever run. */
export function Prose({ text }: { text: string }) {
  if (isPlain(text)) return <Plain text={text} />
  return (
    <Suspense fallback={<Plain text={text} />}>
      <Markdown text={text} />
    </Suspense>
  )
}

function Plain({ text }: { text: string }) {
  return (
    <div className="prose">
      <p>{text}</p>
    </div>
  )
}
