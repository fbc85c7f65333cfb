import type { Step } from './model.ts'

/** What a step without a name is called: what it runs, or whom it waits for. `steps` are those of its job. */
export function stepTitle(step: Step, steps: readonly Step[] = []): string {
  const called = (number: number) => {
    const found = steps.find((one) => one.number === number)
    return found?.id ?? found?.name?.source ?? `step ${number}`
  }
  switch (step.kind) {
    case 'run':
      return `Run ${step.run.source.trim().split('\n')[0] ?? ''}`
    case 'uses':
      return `Run ${step.uses}`
    case 'wait':
      return `Wait for ${step.for === 'all' ? 'all' : step.for.map(called).join(', ')}`
    case 'cancel':
      return `Cancel ${called(step.of)}`
  }
}
