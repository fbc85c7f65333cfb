#!/usr/bin/env node
// What the system's Node sees first. Plain JavaScript for Node 18 and newer: it installs what is missing,
// then runs the real program under the Node 24 that the lockfile pins.
import { prepare, runUnderPinnedNode } from './prepare.mjs'

const root = prepare({ announce: process.argv[2] === 'up' || process.argv[2] === undefined })
runUnderPinnedNode(root, ['packages/client/src/cli/main.ts', ...process.argv.slice(2)])
