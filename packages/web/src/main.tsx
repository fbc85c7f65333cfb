import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { signInFromAddress } from './features/session/sign-in.ts'
import { createCache } from './lib/cache.ts'
import { takeToken } from './lib/session.ts'
import './styles/index.css'

async function start(): Promise<void> {
  // Compared in place so that a production build drops the fixture's chunk.
  if (import.meta.env.MODE === 'fixture') (await import('./dev/install-fixture.ts')).installFixture()
  const token = takeToken()
  const cache = createCache()
  const refusal = token === null ? null : await signInFromAddress(cache, token)
  const element = document.getElementById('root')
  if (!element) throw new TypeError('index.html has no #root')
  createRoot(element).render(
    <StrictMode>
      <App cache={cache} refusal={refusal} />
    </StrictMode>,
  )
}

void start()
