import { describeSandboxContract, testSpec } from '@signalbox/testing/sandbox-contract.ts'
import { expect, test } from 'vitest'
import { createFakeProvider } from './fake.ts'

const provider = createFakeProvider()
describeSandboxContract('fake', { provider: () => provider, real: false })

test('fails when told to, once', async () => {
  const fake = createFakeProvider()
  fake.failNext('create', new Error('no room'))
  await expect(fake.create(testSpec())).rejects.toThrow('no room')
  const sandbox = await fake.create(testSpec())
  fake.lose(sandbox.id)
  await expect(sandbox.exec(['true'])).rejects.toMatchObject({ code: 'sandbox-lost' })
})

test('notices what its caller does wrong', async () => {
  const fake = createFakeProvider()
  const sandbox = await fake.create(testSpec())
  const service = await sandbox.spawn(['sleep', '60'])
  await sandbox.snapshot('k')
  await service.exited
  await expect(sandbox.exec(['true'])).rejects.toThrow()
  expect(fake.violations).toEqual([
    `snapshot ${sandbox.id}: something still runs`,
    `exec ${sandbox.id}: after its end`,
  ])
})
