#!/usr/bin/env node
// What the system's Node sees first. Plain JavaScript for Node 18 and newer: it installs what is missing,
// then runs the real program under the Node 24 that the lockfile pins.
import { prepare, runUnderPinnedNode } from './prepare.mjs'

/** These run on this machine itself, by the server's own program; everything else speaks to the API. */
const onThisMachine = ['up', 'server', 'worker', 'db', 'config', 'doctor', 'backup', 'restore']

const [name = '', ...rest] = process.argv.slice(2)
const asksForHelp = rest.includes('--help') || rest.includes('-h')
const args = !onThisMachine.includes(name)
  ? ['packages/client/src/cli/main.ts', ...process.argv.slice(2)]
  : asksForHelp
    ? ['packages/client/src/cli/main.ts', 'help', name]
    : ['packages/server/src/main.ts', name, ...rest]

await runUnderPinnedNode(await prepare(), args)
