import type { ServerReport } from '../../../shared/contract/servers.ts'
import type { TwinlensError } from '../../../shared/errors.ts'
import type { FoundModels } from './kserve-find-models.ts'
import type { KserveModel } from './kserve-model.ts'

export interface Readiness {
  /** Those that work. */
  models: KserveModel[]
  notes: string[]
  problem: ServerReport['problem']
}

/**
 * [Note: Triton's two kinds of ready]
 * The server is ready when all of its models are; one that failed makes it "not ready" (HTTP: 400, empty) while the others serve. A
 * model whose process died goes on calling itself ready and being listed as READY, and shows only as the server's "not ready".
 * So where a server is not ready and lists models that are, a blank picture is embedded by each to see which work.
 *
 * @param tryModel embeds one blank picture; null when it worked
 */
export async function judgeReadiness(
  { models, loading }: FoundModels,
  isServerReady: boolean,
  address: string,
  tryModel: (model: KserveModel) => Promise<TwinlensError | null>,
): Promise<Readiness> {
  if (models.length === 0) return { models, notes: [], problem: nothingToUse(loading, address) }
  if (isServerReady) return { models, notes: [], problem: null }
  const tried = await Promise.all(models.map(async (model) => ({ model, error: await tryModel(model) })))
  const working = tried.filter(({ error }) => error === null).map(({ model }) => model)
  const notes = tried.flatMap(({ model, error }) =>
    error === null ? [] : [`The model ${model.name} is listed as ready and does not work. ${error.message}`],
  )
  const firstError = tried[0]?.error
  if (working.length === 0 && firstError) {
    return { models, notes, problem: { code: firstError.code, message: firstError.message } }
  }
  const names = working.map(({ name }) => name).join(', ')
  notes.push(`The server calls itself not ready; a trial showed that ${names} works all the same.`)
  return { models: working, notes, problem: null }
}

function nothingToUse(loading: boolean, address: string): ServerReport['problem'] {
  return loading
    ? { code: 'server-not-ready', message: `${address} is still loading its models. Try again in a moment.` }
    : { code: 'not-found', message: `${address} serves no model that turns pictures into vectors.` }
}
