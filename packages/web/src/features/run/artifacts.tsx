import { artifactFile } from '@signalbox/core/base/artifact-file.ts'
import type { ArtifactView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { useQuery } from '@tanstack/react-query'
import { ListBones, Loaded } from '../../components/states.tsx'
import { absolute, bytes, plural } from '../../lib/format.ts'
import { queries } from '../../lib/queries.ts'

/** The files that the jobs of a run kept, each with its download. */
export function Artifacts({ run }: { run: RunDetail }) {
  const kept = useQuery(queries.artifacts(run.id))
  return (
    <section className="stack" aria-label="Artifacts">
      <h2>Artifacts</h2>
      <Loaded query={kept} bones={<ListBones rows={2} />}>
        {(items) =>
          items.length === 0 ? (
            <p className="muted">
              {run.status === 'completed'
                ? 'The jobs kept nothing, or its days are over.'
                : 'Nothing is kept yet.'}{' '}
              <code>actions/upload-artifact</code> keeps files.
            </p>
          ) : (
            <ul className="list" data-testid="artifacts">
              {items.map((item) => (
                <Artifact key={item.id} runId={run.id} item={item} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

function Artifact({ runId, item }: { runId: string; item: ArtifactView }) {
  return (
    <li className="list-row row-wrap">
      <b className="cut">{item.name}</b>
      <span className="muted grow">
        {item.fileCount > 0 && `${plural(item.fileCount, 'file')} · `}
        {bytes(item.sizeBytes)} ·{' '}
        <span title={absolute(item.expiresAt)}>kept for {plural(daysLeft(item.expiresAt), 'more day')}</span>
        <span title={`SHA-256 ${item.sha256}`}>
          {' '}
          · <code>{item.sha256.slice(0, 12)}</code>
        </span>
      </span>
      <a
        className="link"
        data-list-item
        href={`/api/runs/${encodeURIComponent(runId)}/artifacts/${encodeURIComponent(item.name)}`}
        download={artifactFile(item.name, item.mediaType)}
        aria-label={`Download ${artifactFile(item.name, item.mediaType)}`}
      >
        Download
      </a>
    </li>
  )
}

function daysLeft(until: string): number {
  return Math.max(1, Math.round((Date.parse(until) - Date.now()) / 86_400_000))
}
