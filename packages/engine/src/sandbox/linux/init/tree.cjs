'use strict'
const fs = require('node:fs')

/** All processes inside: pid, parent, process group, session, and whether the marker is in its environment. */
function processes(marker) {
  const found = []
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name)
    if (!(pid > 1) || pid === process.pid) continue
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') continue
      found.push({
        pid,
        parent: Number(fields[1]),
        group: Number(fields[2]),
        session: Number(fields[3]),
        marked: isMarked(pid, marker),
      })
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

function isMarked(pid, marker) {
  try {
    const environ = fs.readFileSync(`/proc/${pid}/environ`, 'latin1')
    return environ.startsWith(`${marker}\0`) || environ.includes(`\0${marker}\0`)
  } catch {
    return false
  }
}

/** Everything by ancestry, session, group or marker; a set that only grows, so that links broken by a kill still count. */
function members(root, marker, known) {
  const all = processes(marker)
  for (const p of all)
    if (p.pid === root || p.session === root || p.group === root || p.marked) known.add(p.pid)
  let grew = true
  while (grew) {
    grew = false
    for (const p of all) {
      if (known.has(p.pid) || !(known.has(p.parent) || known.has(p.session))) continue
      known.add(p.pid)
      grew = true
    }
  }
  return all.filter((p) => known.has(p.pid)).map((p) => p.pid)
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {}
}

/** Stops, then kills the whole tree of one exec; resolves when two looks in a row find nobody. */
async function killTree(root, marker) {
  const known = new Set([root])
  let quiet = 0
  for (let round = 0; round < 400 && quiet < 2; round++) {
    const pids = members(root, marker, known)
    quiet = pids.length === 0 ? quiet + 1 : 0
    // Stopped first: a fork bomb cannot refill the tree while we walk it.
    for (const pid of pids) signal(pid, 'SIGSTOP')
    for (const pid of members(root, marker, known)) signal(pid, 'SIGKILL')
    if (quiet < 2) await new Promise((resolve) => setTimeout(resolve, quiet > 0 ? 0 : 2))
  }
}

module.exports = { isMarked, killTree }
