import { TwinlensError } from '../../../shared/errors.ts'
import type { KserveModel } from './kserve-model.ts'
import type { RepositoryIndex } from './kserve-shapes.ts'
import { serverText, toldName } from './server-text.ts'

/** A listing longer than this is not walked to its end: each model costs two questions. */
const modelLimit = 40

/** The two questions, over whatever transport. */
export interface ModelQuestions {
  /** Null where the server does not tell: the repository is Triton's extension and may be closed off. */
  list(): Promise<RepositoryIndex | null>
  /** @throws TwinlensError `not-found` for a model that does not turn pictures into vectors */
  describe(name: string, version: string | null): Promise<KserveModel>
  /** See `secretsOf`. */
  readonly secrets: readonly string[]
}

export interface FoundModels {
  models: KserveModel[]
  /** What is listed and can't be used, and why; sentences. */
  notes: string[]
  /** Whether a model is still being loaded. */
  loading: boolean
}

/**
 * The models that take pictures: those that the server lists as ready, and the one that was named.
 *
 * @param named asked for even where the server has no list
 * @throws TwinlensError what the questions throw, except for what the server says of one model: that becomes a note
 */
export async function findModels(questions: ModelQuestions, named: string | null): Promise<FoundModels> {
  const found: FoundModels = { models: [], notes: [], loading: false }
  const listed = await questions.list()
  if (listed === null) found.notes.push('The server does not list its models; the one to use must be named.')
  const ready: { name: string; version: string | null }[] = []
  for (const { name, version, state, reason } of listed ?? []) {
    // It could not be sent back as it is shown.
    if (name !== toldName(name))
      found.notes.push(`The model ${toldName(name)} has a name that can't be shown as it is.`)
    else if (state === 'READY') ready.push({ name, version: version ?? null })
    else if (state === 'LOADING') {
      found.loading = true
      found.notes.push(`The model ${name} is being loaded.`)
    } else if (state === 'UNAVAILABLE' && reason !== undefined && reason !== 'unloaded') {
      const said = serverText(Buffer.from(reason), questions.secrets)
      found.notes.push(`The model ${name} could not be loaded: ${said}`)
    }
  }
  if (named !== null && !ready.some(({ name }) => name === named)) ready.unshift({ name: named, version: null })
  if (ready.length > modelLimit)
    found.notes.push(`Only the first ${modelLimit} of its ${ready.length} models were looked at.`)
  const looked = await Promise.all(
    ready.slice(0, modelLimit).map(async ({ name, version }) => describe(questions, name, version)),
  )
  for (const one of looked) {
    if (typeof one === 'string') found.notes.push(one)
    else found.models.push(one)
  }
  return found
}

async function describe(
  questions: ModelQuestions,
  name: string,
  version: string | null,
): Promise<KserveModel | string> {
  try {
    return await questions.describe(name, version)
  } catch (error) {
    if (error instanceof TwinlensError && ['not-found', 'server-refused', 'server-nonsense'].includes(error.code))
      return error.message
    throw error
  }
}
