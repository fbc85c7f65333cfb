import { systemClock } from '@signalbox/core/base/clock.ts'
import { createIngressClient } from '@signalbox/engine/deploy/ingress/client.ts'
import { type TestDatabase, testDatabase } from '@signalbox/testing/postgres-template.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { connectDatabase, type DatabaseConnection } from '../db/connect.ts'
import { createQueue, type Queue } from '../flows/queue.ts'
import { createProbes } from './probes.ts'

let database: TestDatabase
let connection: DatabaseConnection
let queue: Queue
beforeAll(async () => {
  database = await testDatabase()
  const { connectionString } = database
  connection = connectDatabase({ connectionString, max: 2, applicationName: 'probes' })
  queue = await createQueue({ connectionString, log: pino({ level: 'silent' }), max: 2 })
})
afterAll(async () => {
  await queue.stop(1000)
  await connection.close()
  await database.close()
})

test('the health of the database says how many connections are in use and how much waits for one', async () => {
  const { pool, db } = connection
  const probes = createProbes({
    db,
    queue,
    ingress: createIngressClient({ dataDir: '/nowhere', downForMs: 0 }),
    clock: systemClock,
    config: readConfig({}),
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, max: 2 }),
  })
  expect(await probes.database()).toEqual({
    status: 'ok',
    detail: 'answers; 0 of 2 connections in use, 0 waiting for one',
  })
  const held = await pool.connect()
  expect(await probes.database()).toMatchObject({
    detail: 'answers; 1 of 2 connections in use, 0 waiting for one',
  })
  held.release()
  expect(await probes.queue()).toEqual({ status: 'ok', detail: 'answers' })
  expect(await probes.worker()).toMatchObject({ status: 'down' })
  await expect(probes.ingress()).rejects.toThrow()
})
