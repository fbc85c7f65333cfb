import { STATUS_CODES } from 'node:http'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { Problem } from '@signalbox/core/contract/views/live.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { failureStatus } from './failure-status.ts'

/** A problem (RFC 9457) of ours: `type` is stable and names the code. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: Pick<Problem, 'hint' | 'errors'> = {},
): Problem {
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: `urn:signalbox:problem:${code}`, title, status, detail, code, ...more }
}

/** Any error as a problem; what we did not expect says nothing about our insides. */
export function toProblem(error: unknown, correlationId: string): Problem {
  if (error instanceof Failure) {
    const status = failureStatus[error.code] ?? 500
    return problem(status, error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.fields.length === 0 ? {} : { errors: error.fields.slice(0, 50) }),
    })
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = error.validationContext ?? 'request'
    const errors = error.validation.slice(0, 50).map((issue) => ({
      path: `${part}${issue.instancePath === '/' ? '' : issue.instancePath}`,
      message: issue.message ?? 'is wrong',
    }))
    return problem(400, 'invalid-request', 'The request does not have the form that is asked for.', {
      errors,
    })
  }
  const known = frameworkProblem(error)
  if (known) return known
  const detail = `Something went wrong in the server. Look for ${correlationId} in its log.`
  return problem(500, 'internal', detail)
}

const frameworkCodes: Record<string, [status: number, code: string, detail: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'too-large', 'The request body is larger than this route takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'invalid-request', 'The request body is not JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'invalid-request', 'The request says JSON but has no body.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'invalid-request', 'The body is not as long as it says.'],
  FST_ERR_BAD_URL: [400, 'invalid-request', 'The address is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'invalid-request', 'The address is too long.'],
}

function frameworkProblem(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = frameworkCodes[code]
  if (known) return problem(...known)
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (error instanceof SyntaxError && status === 400) {
    return problem(400, 'invalid-request', 'The request body is not JSON.')
  }
  if (status === 429) return problem(429, 'too-many-requests', 'Too many attempts. Wait a minute.')
  if (status < 400 || status >= 500) return undefined
  return problem(status, 'invalid-request', STATUS_CODES[status] ?? 'The request is wrong.')
}

/** Answers with a problem and logs what a person must look into. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const answer = { ...toProblem(error, request.id), requestId: request.id }
  if (answer.status >= 500) request.log.error({ err: error }, answer.detail)
  else request.log.debug({ code: answer.code }, answer.detail)
  return reply
    .code(answer.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(answer)
}
