'use strict'
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { TYPE } = require('./frames.cjs')
const { killTree } = require('./tree.cjs')
const { createLog } = require('./log.cjs')

/** Output that may be on its way to the host before it has taken it; beyond that the pipe is not read. */
const WINDOW_BYTES = 1 << 20
/** After the exit at most this much is still read: more than a pipe can hold, less than a flood. */
const DRAIN_BYTES = 1 << 20

function preferForMemory(pid) {
  try {
    fs.writeFileSync(`/proc/${pid}/oom_score_adj`, '600')
  } catch {}
}

function createExecs(config) {
  const running = new Map()
  const log = createLog(config.log, config.logMaxBytes)
  let nextKey = 1

  function of(peer, channel) {
    for (const run of running.values()) if (run.peer === peer && run.channel === channel) return run
    return undefined
  }

  function start(peer, channel, spec) {
    // Where others share this /proc, a number alone would be somebody else's, too.
    const key = `${config.keyPrefix ?? ''}${nextKey++}`
    const env = { ...spec.env, SIGNALBOX_EXEC: key }
    const run = {
      key,
      peer,
      channel,
      service: spec.service,
      argv: spec.argv,
      unacked: 0,
      killing: undefined,
      drained: 0,
      exit: undefined,
    }
    running.set(key, run)
    peer.send(TYPE.started, channel)
    let child
    try {
      child = spawn(spec.argv[0], spec.argv.slice(1), {
        cwd: spec.cwd,
        env,
        detached: true,
        stdio: [spec.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      return fail(run, error)
    }
    run.child = child
    // The first to go when memory runs out is what the step started, not this loop.
    if (child.pid) preferForMemory(child.pid)
    child.on('error', (error) => child.pid === undefined && fail(run, error))
    for (const [stream, type] of [
      [child.stdout, TYPE.stdout],
      [child.stderr, TYPE.stderr],
    ]) {
      stream.on('error', () => {})
      stream.on('data', (chunk) => output(run, type, chunk))
    }
    if (child.stdin) child.stdin.on('error', () => {})
    child.on('close', () => finish(run))
    child.on('exit', (code, signal) => {
      run.exit = { code, signal }
      drain(run, 0)
    })
  }

  function fail(run, error) {
    const missing = error.code === 'ENOENT'
    const what = missing ? 'command or working directory not found' : String(error.code || error.message)
    if (run.peer) run.peer.send(TYPE.stderr, run.channel, Buffer.from(`${run.argv[0]}: ${what}\n`))
    run.exit = { code: missing ? 127 : 126, signal: null }
    finish(run)
  }

  function output(run, type, chunk) {
    if (run.done) return
    if (run.exit) run.drained += chunk.length
    run.sawData = true
    if (run.service) log.append(chunk)
    if (!run.peer) return
    run.unacked += chunk.length
    run.peer.send(type, run.channel, chunk)
    if (run.unacked > WINDOW_BYTES) pause(run)
  }

  function pause(run) {
    run.paused = true
    run.child.stdout.pause()
    run.child.stderr.pause()
  }

  function resume(run) {
    run.paused = false
    run.child.stdout.resume()
    run.child.stderr.resume()
  }

  /**
   * The process is gone but a background child may hold its pipes open for ever. Two rounds of the event
   * loop without data mean that what it had written is read: the kernel reports readable pipes each round.
   */
  function drain(run, quietRounds) {
    if (run.done) return
    if (quietRounds >= 2 || run.drained > DRAIN_BYTES) return finish(run)
    run.sawData = false
    setImmediate(() => {
      if (run.paused) return void setTimeout(() => drain(run, 0), 5)
      drain(run, run.sawData ? 0 : quietRounds + 1)
    })
  }

  function finish(run) {
    if (run.done || !run.exit) return
    run.done = true
    running.delete(run.key)
    const done = () =>
      run.peer?.send(TYPE.exit, run.channel, { ...run.exit, killed: run.killing !== undefined })
    // Anything that still holds the pipe writes into a closed one from now on only if it was killed.
    if (run.child) for (const stream of [run.child.stdout, run.child.stderr]) stream?.resume()
    if (run.killing) run.killing.then(done)
    else done()
  }

  function kill(peer, channel, { graceMs }) {
    const run = of(peer, channel)
    if (run) end(run, graceMs)
  }

  function end(run, graceMs) {
    if (!run.child?.pid) return
    const now = () => {
      run.killing ??= killTree(run.child.pid, `SIGNALBOX_EXEC=${run.key}`)
      // A tree that was killed leaves nobody who could still write.
      run.killing.then(() => run.exit && finish(run))
    }
    if (!graceMs) return now()
    try {
      process.kill(-run.child.pid, 'SIGTERM')
    } catch {}
    const timer = setTimeout(now, graceMs)
    run.child.once('exit', () => {
      clearTimeout(timer)
      now()
    })
  }

  return {
    start,
    kill,
    ack(peer, channel, bytes) {
      const run = of(peer, channel)
      if (!run) return
      run.unacked = Math.max(0, run.unacked - bytes)
      if (run.paused && run.unacked < WINDOW_BYTES / 2) resume(run)
    },
    stdin(peer, channel, chunk) {
      const run = of(peer, channel)
      if (!run?.child?.stdin || run.child.stdin.destroyed) return
      if (!run.child.stdin.write(Buffer.from(chunk))) {
        peer.send(TYPE.ack, channel, { wait: true })
        run.child.stdin.once('drain', () => peer.send(TYPE.ack, channel, { wait: false }))
      }
    },
    stdinEnd(peer, channel) {
      const run = of(peer, channel)
      if (run?.child?.stdin) run.child.stdin.end()
    },
    services() {
      return [...running.values()]
        .filter((run) => run.service)
        .map((run) => ({ key: run.key, argv: run.argv }))
    },
    adopt(peer, channel, { key }) {
      const run = running.get(key)
      if (!run?.service) throw Object.assign(new Error('no such service'), { code: 'absent' })
      Object.assign(run, { peer, channel, unacked: 0 })
      peer.send(TYPE.started, channel)
      if (run.paused) resume(run)
    },
    /** The host's process is gone: its services go on, its other commands have nobody who waits for them. */
    drop(peer) {
      for (const run of running.values()) {
        if (run.peer !== peer) continue
        run.peer = undefined
        if (run.service) {
          if (run.paused) resume(run)
        } else end(run, 0)
      }
    },
  }
}

module.exports = { createExecs }
