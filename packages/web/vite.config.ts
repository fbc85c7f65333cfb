import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['SIGNALBOX_URL'] ?? 'http://127.0.0.1:3000'

/**
 * The dashboard. `vite --mode fixture packages/web` shows every page with made-up data and no server.
 * Nothing is inlined: the server's content security policy allows fonts and scripts from itself only.
 */
export default defineConfig(({ command }) => {
  // A test run's NODE_ENV would otherwise put React's development build into what people load.
  if (command === 'build') process.env['NODE_ENV'] = 'production'
  return {
    plugins: [react()],
    build: {
      target: 'es2023',
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      modulePreload: { polyfill: false },
    },
    server: {
      proxy: { '/api': { target: server, ws: true }, '/health': { target: server } },
    },
  }
})
