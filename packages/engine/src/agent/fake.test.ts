import { describeAgentContract } from '@signalbox/testing/agent-contract.ts'
import { createMemorySandbox } from '@signalbox/testing/memory-sandbox.ts'
import { createFakeAgent, type FakeTurn } from './fake.ts'

function told(play: FakeTurn) {
  return () => ({ driver: createFakeAgent([play]), settings: {} })
}

describeAgentContract('fake', {
  sandbox: async () => createMemorySandbox(new Map()),
  drivers: {
    'writes made.txt and answers done': told({
      events: [
        { type: 'tool_call', id: '1', title: 'Write made.txt' },
        { type: 'tool_result', id: '1', ok: true, output: '' },
      ],
      files: { '/workspace/made.txt': 'made' },
    }),
    fails: told({ result: { outcome: 'failed', answer: '', reason: 'Told to fail.' } }),
    hangs: told({ hang: true }),
  },
})
