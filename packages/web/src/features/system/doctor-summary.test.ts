import { expect, test } from 'vitest'
import { doctorSummary, needsCare } from './doctor-summary.ts'

const finding = (severity: 'ok' | 'note' | 'warning' | 'error') => ({
  severity,
  part: 'p',
  text: 't',
  mend: null,
})

test('the summary counts what needs care and nothing else', () => {
  expect(doctorSummary([finding('ok'), finding('note')])).toBe('All 2 checks are well.')
  expect(doctorSummary([finding('error'), finding('warning'), finding('ok')])).toBe('1 wrong, 1 warning.')
  expect(doctorSummary([finding('warning'), finding('warning')])).toBe('2 warnings.')
  expect([finding('ok'), finding('note'), finding('warning'), finding('error')].map(needsCare)).toEqual([
    false,
    false,
    true,
    true,
  ])
})
