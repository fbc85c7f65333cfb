// What `npm test` runs first, under whatever Node there is: install, then the real program under Node 24.
import { prepare, runUnderPinnedNode } from '../packages/client/bin/prepare.mjs'

await runUnderPinnedNode(await prepare(), ['tools/run-task.ts', ...process.argv.slice(2)])
