import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  InferenceClient,
  InferenceReply,
  ServerConnection,
} from '../../src/engine/embedding/remote/inference-client.ts'
import { expectVectorsOf, settled, type Reference } from './embedder-contract.ts'

export interface OpenClient {
  connection: ServerConnection
  client: InferenceClient
}

function vectorsOf({ vectors, dimension }: InferenceReply): Float32Array[] {
  return Array.from({ length: vectors.length / dimension }, (_, k) => vectors.slice(k * dimension, (k + 1) * dimension))
}

/**
 * What the embedder of servers and the benchmark rely on. @param floor lowest cosine to the reference
 *
 * @param open a connection of its own for each call
 */
export function describeClient(
  title: string,
  floor: number,
  reference: () => Reference,
  open: () => Promise<OpenClient>,
): void {
  describe(`${title}, as a client`, () => {
    let opened: OpenClient
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.connection.close())

    const take = (indices: readonly number[]): Uint8Array[] =>
      indices.map((index) => reference().pictures[index] ?? new Uint8Array())
    const expectReply = (indices: readonly number[], reply: InferenceReply): void =>
      expectVectorsOf(indices, vectorsOf(reply), reference().vectors, floor)

    test('answers the largest request that the server takes, in order, and tells what it cost', async () => {
      const { client } = opened
      const { maxBatch } = client.offer
      expect(maxBatch).toBeGreaterThan(1)
      // Not in steps of one: an answer that is turned round or shifted shows.
      const indices = Array.from({ length: maxBatch }, (_, k) => (k * k) % reference().pictures.length)
      const request = await client.encode(take(indices))
      expect(request.count).toBe(maxBatch)
      const reply = await client.send(request)
      expectReply(indices, reply)
      expect(reply.rawNorms).toHaveLength(maxBatch)
      expect(reply.requestBytes).toBe(request.bodyBytes)
      expect(reply.responseBytes).toBeGreaterThanOrEqual(maxBatch * reply.dimension * 4)
      expect(reply.roundTripMs).toBeGreaterThan(0)
    })

    test('refuses no picture, one too many and one of another size before anything is sent', async () => {
      const { client } = opened
      const [picture = new Uint8Array()] = take([0])
      const { maxBatch } = client.offer
      for (const pictures of [[], Array<Uint8Array>(maxBatch + 1).fill(picture), [picture.subarray(3)]])
        await expect(client.encode(pictures)).rejects.toMatchObject({ code: 'invalid-request' })
    })

    test('sends a request again, and many at the same time, each with its own answer', async () => {
      const { client } = opened
      const requests = await Promise.all([0, 1, 2, 3].map((index) => client.encode(take([index]))))
      const order = [0, 1, 2, 3, 3, 2, 1, 0]
      const replies = await Promise.all(
        order.flatMap((index) => requests[index] ?? []).map((each) => client.send(each)),
      )
      expect(replies).toHaveLength(order.length)
      replies.forEach((reply, at) => expectReply([order[at] ?? -1], reply))
    })

    test('lets go of a request at once when its signal is raised, and of no other', async () => {
      const { client } = opened
      const request = await client.encode(take([0, 1]))
      await expect(client.send(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
      const stop = new AbortController()
      const ended = settled(client.send(request, { signal: stop.signal }))
      const kept = client.send(request)
      await nextTurn()
      stop.abort()
      expect(await Promise.race([ended, nextTurn('nothing yet')])).toMatchObject({ code: 'cancelled' })
      expectReply([0, 1], await kept)
    })

    test('lets go of what is under way when its connection is closed', async () => {
      const other = await open()
      const request = await other.client.encode(take([0, 1, 2, 3]))
      const ended = [settled(other.client.send(request)), settled(other.client.send(request))]
      await nextTurn()
      await other.connection.close()
      for (const outcome of await Promise.all(ended)) expect(outcome).toMatchObject({ code: 'cancelled' })
      await expect(other.client.send(request)).rejects.toMatchObject({ code: 'cancelled' })
    })
  })
}
