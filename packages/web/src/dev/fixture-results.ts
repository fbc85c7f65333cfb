import type { AnnotationView, ArtifactView, RunDetail } from '@signalbox/core/contract/views/runs.ts'
import { before, fixtureId } from './ids.ts'

function annotation(
  jobKey: string,
  level: AnnotationView['level'],
  message: string,
  more: Partial<AnnotationView> = {},
): AnnotationView {
  const place = { title: null, file: null, line: null, endLine: null, column: null, endColumn: null }
  return { jobKey, step: 1, level, message, ...place, ...more }
}

const summary = `# Tests

| suite | passed | failed | took |
|:------|-------:|-------:|-----:|
| greeting | 9 | **1** | 1.2 s |
| list | 4 | 0 | 0.3 s |

1. 13 passed
2. one failed: \`greets by name\`
   - [x] known since #11
   - [ ] mended

> See [the guide](https://example.org/guide).

\`\`\`
expected: "Hello, Ada"
received: "Hello, undefined"
\`\`\`

<b onclick="steal()">Markup</b> of a job stays text.`

/** What a run's jobs said, wrote and repeated. */
export function resultsOf(number: number, jobKey: string): Partial<RunDetail> {
  return {
    ...(number === 26 ? { attempt: 2, rerunOf: fixtureId('run', 22) } : {}),
    annotations: [
      annotation(jobKey, 'warning', 'The name is not escaped', { file: 'src/greeting.js', line: 4 }),
      annotation(jobKey, 'notice', '14 tests in 3 files'),
      annotation(jobKey, 'error', 'Property name does not exist', {
        file: 'src/greeting.js',
        line: 5,
        column: 12,
        title: 'Type error',
      }),
    ],
    summary: [{ jobKey, step: 4, text: summary }],
  }
}

function artifact(number: number, name: string, fileCount: number, sizeBytes: number): ArtifactView {
  return {
    id: fixtureId('artifact', number),
    name,
    fileCount,
    mediaType: 'application/gzip',
    sizeBytes,
    sha256: fixtureId('artifact', number).replaceAll('-', '').repeat(2),
    createdAt: before(900),
    expiresAt: before(-30 * 86_400),
  }
}

export const artifacts: ArtifactView[] = [
  artifact(1, 'coverage', 48, 1_830_400),
  artifact(2, 'site', 1, 88_213),
]
