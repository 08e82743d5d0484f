import { bridge } from '../../lib/bridge.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import type { ModelState, ProviderChoice } from '../../../../shared/contract/models.ts'

let stop: AbortController | null = null

/** Fetches a model; what has come stays when it is stopped, and the next try goes on from there. */
export async function fetchModel(model: ModelState): Promise<void> {
  if (stop !== null) return
  stop = new AbortController()
  const { signal } = stop
  const report = (receivedBytes: number, totalBytes: number): void =>
    sendToSession({
      type: 'job-changed',
      job: { kind: 'download', modelId: model.id, title: model.title, receivedBytes, totalBytes },
    })
  report(model.fetching?.receivedBytes ?? 0, model.bytes)
  await attempt(
    `fetch ${model.title}`,
    async () => {
      const status = await callEngine(
        'models.fetch',
        { modelId: model.id },
        { signal, onProgress: (progress) => report(progress.receivedBytes, progress.totalBytes) },
      )
      sendToSession({ type: 'backend-read', status })
      sendToSession({ type: 'done', text: `${model.title} is ready and its content was checked.` })
    },
    'The model in use is not touched.',
  )
  stop = null
  sendToSession({ type: 'job-changed', job: null })
}

export function stopFetching(): void {
  stop?.abort()
}

/** Takes a model from a file that the person chooses; the engine checks its content. */
export async function importModel(model: ModelState): Promise<void> {
  const grant = await bridge.chooseModelFile()
  if (grant === null) return
  await attempt(
    `take ${model.title} from the file`,
    async () => {
      const status = await callEngine('models.importFile', { modelId: model.id, grant })
      sendToSession({ type: 'backend-read', status })
    },
    'The model in use is not touched.',
  )
}

export async function chooseBackend(provider: ProviderChoice, model: string): Promise<void> {
  await attempt(
    'change the backend',
    async () => {
      sendToSession({ type: 'backend-read', status: await callEngine('backend.choose', { provider, model }) })
    },
    'The one in use goes on.',
  )
}

/** Tries every provider again. */
export async function checkBackends(): Promise<void> {
  await attempt('check the providers', async () => {
    sendToSession({ type: 'backend-read', status: await callEngine('backend.check', null) })
  })
}
