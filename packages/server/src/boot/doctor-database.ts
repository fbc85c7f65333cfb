import type { Finding } from '../api/server-deps.ts'
import type { DoctorFacts } from '../db/doctor-facts.ts'
import { note, ok, warning, wrong } from './doctor-finding.ts'

const mostSkewMs = 2000
/** Half an hour: no statement of ours is that long, and nothing that it has seen can be cleaned up meanwhile. */
const longTransactionSeconds = 1800
/** PostgreSQL refuses to write at about two thousand million. */
const oldRowsAge = 1_000_000_000

/** What the numbers of the database say. */
export function databaseFindings(facts: DoctorFacts): Finding[] {
  return [clock(facts), workers(facts), ...takers(facts), queue(facts), ...server(facts)]
}

function clock({ clockAheadMs }: DoctorFacts): Finding {
  const text = `${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'ahead of' : 'behind'} the database's`
  if (Math.abs(clockAheadMs) < mostSkewMs) return ok('clock', text)
  return wrong('clock', text, 'Keep the clocks of all machines right: chrony, or systemd-timesyncd.')
}

function workers({ aliveWorkers }: DoctorFacts): Finding {
  const text = `${aliveWorkers} can take jobs`
  if (aliveWorkers > 0) return ok('workers', text)
  return wrong('workers', text, 'Start one: "signalbox up" or "signalbox worker"; its log says why it ended.')
}

/** What would wait for ever, though there are workers. */
function takers({ aliveWorkers, agentWorkers, deployWorkers }: DoctorFacts): Finding[] {
  if (aliveWorkers === 0) return []
  const found: Finding[] = []
  if (agentWorkers === 0) {
    const mend = 'Take SIGNALBOX_WORKER_AGENTS=false away from one that has agents and keys of models.'
    found.push(warning('workers', 'none of them takes turns of agents: goals wait', mend))
  }
  if (deployWorkers === 0) {
    const mend = 'Start one beside the server, without SIGNALBOX_SERVER_URL: "signalbox up" does.'
    found.push(warning('workers', 'none of them stands beside the server: deployments wait', mend))
  }
  return found
}

function queue({ queuedLong }: DoctorFacts): Finding {
  const text = `${queuedLong} jobs are queued for more than ten minutes`
  if (queuedLong === 0) return ok('queue', text)
  const mend = 'Add slots (SIGNALBOX_WORKER_SLOTS) or a worker; with a nearly full disk no job is taken.'
  return warning('queue', text, mend)
}

function server(facts: DoctorFacts): Finding[] {
  const { connections, maxConnections, oldestTransactionSeconds: oldest, checksums } = facts
  const used = `${connections} of ${maxConnections} connections are in use`
  const more = 'Lower DB_POOL_MAX, end other users of this PostgreSQL, or raise its max_connections.'
  const found =
    connections < maxConnections * 0.8
      ? [ok('connections', used)]
      : [
          connections < maxConnections * 0.95
            ? warning('connections', used, more)
            : wrong('connections', used, more),
        ]
  if (oldest >= longTransactionSeconds) {
    const text = `the oldest transaction is open for ${Math.round(oldest / 60)} minutes: nothing is cleaned up`
    const mend = 'Find it in pg_stat_activity by xact_start, and end it: pg_terminate_backend(pid).'
    found.push(warning('transactions', text, mend))
  } else found.push(ok('transactions', 'none is open for long'))
  if (facts.checksumFailures > 0) {
    const text = `${facts.checksumFailures} pages of the database did not match their checksums`
    const mend = 'The disk returns wrong data: stop, copy the data folder, restore a backup to another disk.'
    found.push(wrong('checksums', text, mend))
  } else if (!checksums)
    found.push(note('checksums', 'are off: a damaged page of the database is not noticed'))
  else found.push(ok('checksums', 'on, and every page that was read matched'))
  if (facts.oldestRowAge >= oldRowsAge) {
    const text = `rows are ${Math.round(facts.oldestRowAge / 1e6)} million transactions old`
    found.push(wrong('vacuum', text, 'Autovacuum does not keep up: run VACUUM on this database.'))
  }
  return found
}
