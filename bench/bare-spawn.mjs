/**
 * The baseline of `steps`, in a Node process that has loaded nothing: spawns `bash -e FILE` for each file given,
 * one after the other, reads its output, and prints how long all of them took.
 */
import { spawn } from 'node:child_process'

const started = performance.now()
for (const file of process.argv.slice(2)) {
  const code = await new Promise((resolve, reject) => {
    const child = spawn('bash', ['-e', file], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', () => {})
    child.stderr.on('data', () => {})
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
}
process.stdout.write(JSON.stringify({ ms: performance.now() - started }))
