import { newId } from '@signalbox/core/base/ids.ts'
import { describeDeployContract } from '@signalbox/testing/deploy-contract.ts'
import { expect, test } from 'vitest'
import { createFakeIngress, createFakeTarget, type FakeBehaviour } from './fake.ts'
import type { ReleaseSpec } from './port.ts'

const limits = { memoryBytes: 1, pids: 1, cpus: 1, diskBytes: 1 }
const target = createFakeTarget()

function spec(behaviour: FakeBehaviour): ReleaseSpec {
  const id = newId()
  const output = behaviour.output ?? `hello from ${id}`
  target.behaviours.set(id, { ...behaviour, output })
  return { id, layers: [], startCommand: 'x', port: 1, healthPath: '/', env: {}, limits }
}

describeDeployContract('fake', {
  target: () => target,
  spec(behaviour) {
    switch (behaviour) {
      case 'answers':
        return spec({})
      case 'answers 500':
        return spec({ health: () => ({ healthy: false, detail: 'HTTP 500 in 1 ms', durationMs: 1 }) })
      case 'ends at once saying no luck':
        return spec({ start: 'exits', output: 'no luck' })
      case 'never listens':
        return spec({
          health: () => ({ healthy: false, detail: 'nothing listens on its port', durationMs: 1 }),
        })
    }
  },
})

test('the fakes find a caller that breaks the protocol', async () => {
  const ingress = createFakeIngress(target)
  const one = spec({})
  await expect(target.check(one, 1)).rejects.toThrow('protocol: check')
  await expect(ingress.setRoute({ host: 'a', releaseId: one.id, socketPath: '/x' })).rejects.toThrow(
    'protocol: route',
  )
  await target.start(one)
  await expect(target.remove(one.id)).rejects.toThrow('protocol: removal')
  await expect(target.start({ ...one, port: 2 })).rejects.toThrow('another spec')
  await ingress.setRoute({ host: 'a', releaseId: one.id, socketPath: '/x' })
  await expect(ingress.drained(one.id, 1)).rejects.toThrow('protocol:')
})
