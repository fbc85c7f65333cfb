import type { RouteResponse } from '@signalbox/core/contract/routes.ts'
import { useQuery } from '@tanstack/react-query'
import { YamlView } from '../../components/code-view.tsx'
import { Lamp } from '../../components/lamp.tsx'
import { Bone, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'

/** The workflow by which pull requests are proven, and what is wrong with it. */
export function WorkflowPreview({ slug, dirty }: { slug: string; dirty: boolean }) {
  const workflow = useQuery(queries.workflow(slug))
  return (
    <Loaded query={workflow} bones={<Bone height={320} />}>
      {(data) => (
        <div className="stack" style={{ gap: 8 }}>
          <h2>The workflow</h2>
          <p className="muted">
            <code>{data.file}</code>{' '}
            {data.source === 'generated'
              ? '· made from these settings'
              : '· from the repository; it holds instead of the commands here'}
            {dirty ? ' · save to see your edits in it' : ''}
          </p>
          {data.diagnostics.map((each) => (
            <div
              key={`${each.code}${each.start.line}:${each.start.column}`}
              className="row"
              style={{ alignItems: 'baseline' }}
            >
              <Lamp lamp={each.severity === 'error' ? 'stopped' : 'waiting'} label={each.severity} />
              <p>
                <code>
                  {each.file}:{each.start.line}:{each.start.column}
                </code>{' '}
                {each.message}
                {each.hint ? <span className="muted"> {each.hint}</span> : null}
              </p>
            </div>
          ))}
          <YamlView
            text={data.text}
            label={`Workflow ${data.file}`}
            badLines={linesOf(data.diagnostics, 'error')}
            doubtfulLines={linesOf(data.diagnostics, 'warning')}
          />
        </div>
      )}
    </Loaded>
  )
}

type Diagnostics = RouteResponse<'getValidationWorkflow'>['diagnostics']

function linesOf(diagnostics: Diagnostics, severity: Diagnostics[number]['severity']): Set<number> {
  return new Set(diagnostics.flatMap((each) => (each.severity === severity ? [each.start.line] : [])))
}
