import type { DoctorView } from '@signalbox/core/contract/views/system.ts'

type Finding = DoctorView['findings'][number]

/** Whether somebody has to do something about it. */
export function needsCare({ severity }: Finding): boolean {
  return severity === 'error' || severity === 'warning'
}

/** How many findings are wrong, in one sentence. */
export function doctorSummary(findings: Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  if (errors + warnings === 0) return `All ${findings.length} checks are well.`
  const parts = [
    ...(errors > 0 ? [`${errors} wrong`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
  ]
  return `${parts.join(', ')}.`
}
