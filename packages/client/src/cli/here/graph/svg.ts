import { type GraphJob, legLines } from './model.ts'

const charWidth = 7.4
const lineHeight = 18
const padding = 12
const gapX = 64
const gapY = 20
const margin = 20

interface Box {
  x: number
  y: number
  width: number
  height: number
  lines: string[]
}

/** The graph as an SVG of its own, readable on light and dark. */
export function graphSvg(jobs: readonly GraphJob[], title: string): string {
  const { boxes, width, height } = layout(jobs)
  const edges = jobs.flatMap((job) =>
    job.needs.flatMap((need) => {
      const from = boxes.get(need)
      const to = boxes.get(job.key)
      return from && to ? [edge(from, to)] : []
    }),
  )
  const nodes = [...boxes.values()].map(node)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
  .leg { font-size: 12px; fill: #57606a }
  rect { fill: #f6f8fa; stroke: #8c959f }
  path { fill: none; stroke: #8c959f; stroke-width: 1.5 }
  .back { fill: #ffffff; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .leg { fill: #9da7b3 } rect { fill: #161b22; stroke: #6e7681 }
    path { stroke: #6e7681 } .back { fill: #0d1117 }
  }
</style>
<rect class="back" width="100%" height="100%"/>
${[...edges, ...nodes].join('\n')}
</svg>
`
}

function layout(jobs: readonly GraphJob[]): { boxes: Map<string, Box>; width: number; height: number } {
  const boxes = new Map<string, Box>()
  let x = margin
  let height = 0
  for (const level of Map.groupBy(jobs, (job) => job.level).values()) {
    const texts = level.map((job) => [job.key, ...legLines(job.legs, 10)])
    const width =
      Math.ceil(Math.max(...texts.flat().map((text) => [...text].length)) * charWidth) + 2 * padding
    let y = margin
    for (const [index, job] of level.entries()) {
      const lines = texts[index] ?? []
      const size = lines.length * lineHeight + 2 * padding - 4
      boxes.set(job.key, { x, y, width, height: size, lines })
      y += size + gapY
    }
    height = Math.max(height, y - gapY)
    x += width + gapX
  }
  return { boxes, width: Math.max(x - gapX, margin) + margin, height: Math.max(height, margin) + margin }
}

function edge(from: Box, to: Box): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2]
  const [x2, y2] = [to.x, to.y + to.height / 2]
  const bend = Math.max(24, (x2 - x1) / 2)
  return `<path d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`
}

function node({ x, y, width, height, lines }: Box): string {
  const texts = lines.map((line, index) => {
    const at = `x="${x + padding}" y="${y + padding + 10 + index * lineHeight}"`
    return `<text ${at}${index > 0 ? ' class="leg"' : ''}>${escaped(line)}</text>`
  })
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>${texts.join('')}</g>`
}

/** As text of XML: what markup means, and what XML has no character for. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
