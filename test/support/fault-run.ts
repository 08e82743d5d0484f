import type { Embedder } from '../../src/engine/embedding/embedder.ts'
import type {
  InferenceClient,
  InputRecipe,
  ServerConnection,
} from '../../src/engine/embedding/remote/inference-client.ts'
import { openRemoteEmbedder } from '../../src/engine/embedding/remote/remote-embedder.ts'
import { pictureCodec } from '../../src/engine/imaging/picture-codec.ts'
import { seededRandom } from '../../src/shared/domain/seeded-random.ts'
import { clipPreprocessing } from './clip-pictures.ts'
import type { InputFormat } from '../../src/shared/contract/servers.ts'
import type { Fault, FaultProxy } from './fault-proxy.ts'

export const recipe: InputRecipe = { preprocessing: clipPreprocessing, codec: pictureCodec }

/** Pictures that differ: two colours that run into each other. */
export function pictures(count: number, seed = 1): Uint8Array[] {
  const random = seededRandom(seed)
  const { width, height } = clipPreprocessing
  return Array.from({ length: count }, () => {
    const [from, to] = [0, 1].map(() => [random(), random(), random()].map((value) => value * 255))
    const pixels = new Uint8Array(width * height * 3)
    for (let at = 0; at < pixels.length; at++) {
      const share = Math.floor(at / 3 / width) / height
      pixels[at] = (from?.[at % 3] ?? 0) * (1 - share) + (to?.[at % 3] ?? 0) * share
    }
    return pixels
  })
}

/** The client of a connection's first offer of a format. */
export async function clientOf(connection: ServerConnection, format: InputFormat): Promise<InferenceClient> {
  const { offers, problem } = await connection.inspect()
  const offer = offers.find((candidate) => candidate.format === format)
  if (offer === undefined) throw new Error(`${connection.address} does not offer ${format}. ${problem?.message ?? ''}`)
  return connection.client(offer, recipe)
}

export interface Address {
  connection: Pick<ServerConnection, 'isReady'>
  client: InferenceClient
}

export function embedderOf(
  addresses: readonly [Address, ...Address[]],
  { batchSize = 4, timeoutMs = 2000 }: { batchSize?: number; timeoutMs?: number } = {},
): Embedder {
  const [first, ...others] = addresses.map(({ connection, client }) => ({
    client,
    isReady: (signal?: AbortSignal) => connection.isReady(signal),
  }))
  if (first === undefined) throw new Error('No address.')
  return openRemoteEmbedder({
    servers: [first, ...others],
    spaceKey: 'test',
    dimension: 512,
    preprocessing: clipPreprocessing,
    batchSize,
    timeoutMs,
    facts: { provider: 'cpu', device: 'test', verdict: 'equal', fallbackReason: null },
  })
}

/** What a client answers without anything in between, eight at a time. */
export async function embedDirectly(client: InferenceClient, all: readonly Uint8Array[]): Promise<Float32Array[]> {
  const vectors: Float32Array[] = []
  for (let at = 0; at < all.length; at += 8) {
    const reply = await client.send(await client.encode(all.slice(at, at + 8)))
    for (let from = 0; from < reply.vectors.length; from += reply.dimension)
      vectors.push(reply.vectors.slice(from, from + reply.dimension))
  }
  return vectors
}

/** As a scan does it: calls of one batch, as many at a time as the embedder says. */
export async function embedAsScan(embedder: Embedder, all: readonly Uint8Array[]): Promise<Float32Array[]> {
  const vectors: Float32Array[] = []
  const underWay = new Set<Promise<void>>()
  for (let at = 0; at < all.length; at += embedder.batchSize) {
    while (underWay.size >= embedder.concurrency) await Promise.race(underWay)
    const run: Promise<void> = embedder.embed(all.slice(at, at + embedder.batchSize)).then((found) => {
      found.forEach((vector, index) => (vectors[at + index] = vector))
      underWay.delete(run)
    })
    underWay.add(run)
  }
  await Promise.all(underWay)
  return vectors
}

/** Largest difference of any number in any vector. */
export function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let largest = a.length === b.length ? 0 : Infinity
  a.forEach((vector, index) => {
    vector.forEach((value, at) => {
      largest = Math.max(largest, Math.abs(value - (b[index]?.[at] ?? Infinity)))
    })
  })
  return largest
}

/** Switches faults on and off at random moments until it is told to stop; the last is always `pass`. */
export function disturb(
  proxy: FaultProxy,
  faults: readonly Fault[],
  seed: number,
): { readonly seen: readonly Fault[]; stop(): Promise<void> } {
  const random = seededRandom(seed)
  const seen: Fault[] = []
  const stop = new AbortController()
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const fault = faults[seen.length % faults.length] ?? 'pass'
      seen.push(fault)
      await proxy.switchTo(fault)
      await pause(40 + 80 * random())
      await proxy.switchTo('pass')
      await pause(100 + 150 * random())
    }
  }
  const running = run()
  return {
    seen,
    async stop() {
      stop.abort()
      await running
    },
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
