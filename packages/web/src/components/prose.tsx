import { lazy, Suspense } from 'react'
import { isPlain } from '../lib/plain-text.ts'

/** The library that reads Markdown is no part of the first load; without it the words are still there. */
const Markdown = lazy(() => import('./markdown.tsx').catch(() => ({ default: Plain })))

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
