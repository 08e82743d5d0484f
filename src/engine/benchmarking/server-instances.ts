import { z } from 'zod'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { askServer, parseAnswer } from './server-questions.ts'

const ModelConfig = z.object({
  instance_group: z.array(z.object({ count: z.number().int().default(1), gpus: z.array(z.number()).default([]) })),
})

/** Copies of a Triton model that compute side by side: `count` for each GPU of each group. Null where the server does not tell. */
export async function countModelInstances(access: ServerAccess, model: string): Promise<number | null> {
  const questions = access.kind === 'triton' ? askServer(access) : null
  try {
    const text = await questions?.get(`/v2/models/${encodeURIComponent(model)}/config`)
    if (text === undefined) return null
    const { instance_group: groups } = ModelConfig.parse(parseAnswer(text, 'model configuration'))
    const instances = groups.reduce((sum, { count, gpus }) => sum + count * Math.max(1, gpus.length), 0)
    return instances === 0 ? null : instances
  } catch {
    return null
  } finally {
    await questions?.close()
  }
}
