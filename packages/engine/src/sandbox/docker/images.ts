import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import type { EngineClient } from './client.ts'

const PULL_MS = 20 * 60_000

const Image = z.object({
  Id: z.string(),
  Config: z
    .object({
      Env: z.array(z.string()).nullish(),
      User: z.string().nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
      Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
})

/** What is used of an image. */
export interface ImageInfo {
  id: string
  env: Record<string, string>
  user: string
  /** TCP ports that it says it listens on. */
  ports: number[]
  /** Whether it brings a check of its own health. */
  checksHealth: boolean
}

/** Credentials for a registry; they go in a header of the request to the engine and nowhere else. */
export interface RegistryCredentials {
  username: string
  password: string
}

/** How to get an image. */
export interface ImageWish {
  image: string
  credentials?: RegistryCredentials
  onProgress(line: string): void
  signal?: AbortSignal
}

/** The image of that name on this machine; undefined when there is none. */
export async function findImage(client: EngineClient, image: string): Promise<ImageInfo | undefined> {
  try {
    const found = Image.parse(
      await client.ask({ path: `/images/${image.split('/').map(encodeURIComponent).join('/')}/json` }),
    )
    const config = found.Config
    const env = (config?.Env ?? []).flatMap((line): Array<[string, string]> => {
      const at = line.indexOf('=')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
    })
    const ports = Object.keys(config?.ExposedPorts ?? {}).flatMap((port) => {
      const [number, protocol] = port.split('/')
      return protocol === 'tcp' || protocol === undefined ? [Number(number)] : []
    })
    const test = config?.Healthcheck?.Test ?? []
    return {
      id: found.Id,
      env: Object.fromEntries(env),
      user: config?.User ?? '',
      ports,
      checksHealth: test.length > 0 && test[0] !== 'NONE',
    }
  } catch (error) {
    if (error instanceof Failure && error.code === 'container-absent') return undefined
    throw error
  }
}

/** The image, pulled when it is not on this machine. Throws `image-missing` with the registry's reason. */
export async function bringImage(client: EngineClient, wish: ImageWish): Promise<ImageInfo> {
  const here = await findImage(client, wish.image)
  if (here) return here
  wish.onProgress(`Pulling ${wish.image}`)
  await pull(client, wish)
  const pulled = await findImage(client, wish.image)
  if (!pulled) throw missing(wish.image, 'the engine pulled something else')
  wish.onProgress(`Pulled ${wish.image}`)
  return pulled
}

const Progress = z.object({
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
})

async function pull(client: EngineClient, { image, credentials, onProgress, signal }: ImageWish) {
  const [name, tag] = nameAndTag(image)
  const auth = credentials && {
    'x-registry-auth': Buffer.from(
      JSON.stringify({ ...credentials, serveraddress: registryOf(image) }),
    ).toString('base64url'),
  }
  const limit = AbortSignal.timeout(PULL_MS)
  try {
    const answer = await client.stream({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: name, tag },
      headers: auth ?? {},
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      timeoutMs: PULL_MS,
    })
    let rest = ''
    for await (const chunk of answer) {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = (lines.pop() ?? '').slice(-100_000)
      for (const line of lines) {
        const said = Progress.safeParse(parsed(line)).data
        if (said?.error) throw missing(image, said.error)
        // Not each step of each layer's bar: what is done.
        if (said?.status && /complete|Downloaded|up to date/.test(said.status))
          onProgress(`  ${said.id ? `${said.id}: ` : ''}${said.status}`)
      }
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Failure && error.code === 'image-missing') throw error
    throw missing(image, error instanceof Error ? error.message : String(error))
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function missing(image: string, why: string): Failure {
  const reason = why.replace(/^The container engine refused: /, '').slice(0, 500)
  return new Failure(
    'image-missing',
    `The image ${image} is not on this machine and could not be pulled: ${reason}`,
    {
      hint: `Pull or build it on this machine beforehand (docker pull ${image}), name one that is there, or give credentials: where the registry wants them.`,
    },
  )
}

function nameAndTag(image: string): [string, string] {
  const digest = image.indexOf('@')
  if (digest > 0) return [image.slice(0, digest).replace(/:[\w.-]+$/, ''), image.slice(digest + 1)]
  const at = image.lastIndexOf(':')
  return at > image.lastIndexOf('/') ? [image.slice(0, at), image.slice(at + 1)] : [image, 'latest']
}

function registryOf(image: string): string {
  const [host = ''] = image.split('/')
  return image.includes('/') && /[.:]|^localhost$/.test(host) ? host : 'https://index.docker.io/v1/'
}
