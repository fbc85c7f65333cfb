import { MantineProvider } from '@mantine/core'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { LiveProvider } from './features/live/live-provider.tsx'
import { SessionGate } from './features/session/session-gate.tsx'
import { router } from './routes/router.ts'
import { theme } from './theme.ts'

/** The whole dashboard around one cache. */
export function App({ cache, refusal }: { cache: QueryClient; refusal: string | null }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <SessionGate refusal={refusal}>
          <LiveProvider>
            <RouterProvider router={router} />
          </LiveProvider>
        </SessionGate>
      </QueryClientProvider>
    </MantineProvider>
  )
}
