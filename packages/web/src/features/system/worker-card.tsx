import type { SystemView } from '@signalbox/core/contract/views/system.ts'
import { Lamp } from '../../components/lamp.tsx'
import { Ago } from '../../components/time.tsx'

type Worker = SystemView['workers'][number]
type Sandbox = Worker['sandbox'][number]

const capabilities = {
  memory: 'Memory limit',
  pids: 'Process limit',
  cpu: 'CPU limit',
  disk: 'Disk limit',
  network: 'No network but the proxy',
  ownUser: 'A user of its own',
  syscalls: 'Dangerous system calls refused',
  overlay: 'Overlay workspace',
} as const satisfies Partial<Record<keyof Sandbox, string>>

const untold = { enforced: false, how: 'This worker is of an earlier version and does not say.' }

/** A worker and what its sandboxes enforce on this machine, each with how. */
export function WorkerCard({ worker }: { worker: Worker }) {
  return (
    <div className="panel">
      <div className="list-row">
        <Lamp lamp={worker.alive ? 'clear' : 'stopped'} size={16} />
        <b>{worker.name}</b>
        <span className={worker.alive ? 'lamp-text-clear' : 'lamp-text-stopped'}>
          {worker.alive ? 'alive' : 'lost'}
        </span>
        <span className="muted grow">
          process {worker.pid} · {worker.slots} at once · last sign of life <Ago at={worker.heartbeatAt} />
        </span>
      </div>
      {worker.labels && worker.labels.length > 0 ? (
        <p className="muted worker-labels">
          <span className="faint">runs-on</span>{' '}
          {worker.labels.map((label) => (
            <code key={label}>{label}</code>
          ))}
          {worker.group && worker.group !== 'Default' ? <span>group {worker.group}</span> : null}
        </p>
      ) : null}
      {worker.sandbox.map((sandbox) => (
        <SandboxTable key={sandbox.provider} sandbox={sandbox} />
      ))}
    </div>
  )
}

function SandboxTable({ sandbox }: { sandbox: Sandbox }) {
  const names = Object.keys(capabilities) as (keyof typeof capabilities)[]
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={`Sandbox ${sandbox.provider}`}>
      <table className="table table-stack" aria-label={`What ${sandbox.provider} enforces`}>
        <thead>
          <tr>
            <th>
              {sandbox.version?.startsWith(sandbox.provider) ? '' : sandbox.provider} {sandbox.version}
            </th>
            <th>{sandbox.available ? 'Enforced' : 'Not available'}</th>
            <th>{sandbox.available ? 'How' : sandbox.reason}</th>
          </tr>
        </thead>
        {sandbox.available ? (
          <tbody>
            {names.map((name) => {
              const { enforced, how } = sandbox[name] ?? untold
              return (
                <tr key={name}>
                  <td style={{ whiteSpace: 'nowrap' }}>{capabilities[name]}</td>
                  <td style={{ whiteSpace: 'nowrap' }}>
                    <span className="row" style={{ gap: 6 }}>
                      <Lamp lamp={enforced ? 'clear' : 'waiting'} />
                      {enforced ? 'enforced' : 'not enforced'}
                    </span>
                  </td>
                  <td className="muted">{how}</td>
                </tr>
              )
            })}
          </tbody>
        ) : null}
      </table>
    </section>
  )
}
