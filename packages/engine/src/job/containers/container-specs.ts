import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import type { ContainerTemplate, ServiceTemplate, Template } from '@signalbox/core/workflow/model.ts'
import { readContainerOptions, wordsOf } from '@signalbox/core/workflow/read/container-options.ts'
import {
  type ContainerPort,
  isImageName,
  type Part,
  readPort,
  readVolume,
} from '@signalbox/core/workflow/read/container-parts.ts'
import type { ContainerSpec } from '../../sandbox/container-port.ts'
import { evaluateMap } from '../job-state.ts'

/** A container with nothing left to evaluate, and the ports that the workflow names. */
export interface EvaluatedContainer {
  spec: ContainerSpec
  ports: ContainerPort[]
}

/**
 * Evaluates a container and checks what expressions made, as parsing checked what was written. Undefined where the
 * image comes out empty: then there is none, as on GitHub. Throws a Failure `invalid-container`.
 */
export function evaluateContainer(
  template: ContainerTemplate | ServiceTemplate,
  contexts: Contexts,
): EvaluatedContainer | undefined {
  const evaluate = (one: Template): string => evaluateTemplate(one.source, contexts)
  const image = evaluate(template.image).trim()
  if (image === '') return undefined
  const parts = <T>(list: readonly Template[], read: (text: string) => Part<T>): T[] =>
    list.flatMap((one) => {
      const text = evaluate(one)
      return text.trim() === '' ? [] : [accepted(read(text))]
    })
  const { options, problems } = readContainerOptions(template.options ? evaluate(template.options) : '')
  const [problem] = problems
  if (problem) throw new Failure('invalid-container', problem.message, { hint: problem.hint })
  if (!isImageName(image))
    throw new Failure('invalid-container', `${image.slice(0, 120)} is not the name of an image`)
  const words = (one: Template | undefined): string[] | undefined => {
    const text = one && evaluate(one)
    return text === undefined || text === '' ? undefined : wordsOf(text)
  }
  const entrypoint = 'entrypoint' in template ? words(template.entrypoint) : undefined
  const command = 'command' in template ? words(template.command) : undefined
  const { env, entrypoint: optionEntrypoint, ...others } = options
  return {
    ports: parts(template.ports, readPort),
    spec: {
      image,
      env: { ...env, ...evaluateMap(template.env, contexts) },
      volumes: parts(template.volumes, readVolume),
      ...others,
      ...((entrypoint ?? optionEntrypoint) && { entrypoint: entrypoint ?? [optionEntrypoint ?? ''] }),
      ...(command && { command }),
      ...credentialsOf(template, evaluate),
    },
  }
}

/** Empty ones are none: a secret that is not there leaves the registry to those who need no name. */
function credentialsOf(
  { credentials }: ContainerTemplate,
  evaluate: (one: Template) => string,
): Pick<ContainerSpec, 'credentials'> {
  if (!credentials) return {}
  const [username, password] = [evaluate(credentials.username), evaluate(credentials.password)]
  return username === '' && password === '' ? {} : { credentials: { username, password } }
}

function accepted<T>(part: Part<T>): T {
  if ('value' in part) return part.value
  throw new Failure('invalid-container', part.message, { hint: part.hint })
}
