import { type Agent, request } from 'node:http'
import type { Platform } from '@signalbox/testing/platform.ts'
import type pg from 'pg'

/** Adds completed runs of the sample, each with one job of three steps; their ids. */
export async function insertRuns(database: pg.Client, runCount: number): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `insert into runs (id, project_id, number, kind, name, workflow_file, workflow_text, workflow_source,
       commit_id, ref, trusted, status, conclusion, started_at, completed_at)
     select uuidv7(), project.id, project.next_run_number + n, 'manual', 'hello.yml',
       '.signalbox/workflows/hello.yml', repeat('# a workflow of the usual length' || chr(10), 20), 'repository',
       repeat('0', 40), 'refs/heads/main', true, 'completed', 'success', now(), now()
     from generate_series(0, $1 - 1) n, projects project where project.slug = 'sample' returning id`,
    [runCount],
  )
  await database.query(`update projects set next_run_number = next_run_number + $1 where slug = 'sample'`, [
    runCount,
  ])
  await database.query(
    `insert into jobs (id, run_id, key, job_key, name, position, status, conclusion, attempt, log_complete)
     select uuidv7(), id, 'hello', 'hello', 'hello', 0, 'completed', 'success', 1, true from runs where kind = 'manual' and not exists (select from jobs where run_id = runs.id)`,
  )
  await database.query(
    `insert into steps (job_id, attempt, number, name, status, outcome, conclusion, exit_code, started_at, completed_at)
     select id, 1, n, 'echo ' || n, 'completed', 'success', 'success', 0, now(), now()
     from jobs, generate_series(1, 3) n where key = 'hello' and not exists (select from steps where job_id = jobs.id)`,
  )
  await database.query('vacuum analyze runs, jobs, steps')
  return rows.map((row) => row.id)
}

/** Reads a path and fails on anything but 200. */
export function readApi(
  platform: Platform,
  agent: Agent,
  authorization: string,
  path: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: platform.port, path, agent, headers: { authorization } },
      (response) => {
        response.resume()
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${path}: HTTP ${response.statusCode}`)),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
