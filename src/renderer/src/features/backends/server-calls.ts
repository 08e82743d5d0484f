import type { BackendStatus, ModelState } from '../../../../shared/contract/models.ts'
import type { ParityProgress, ParityReport } from '../../../../shared/contract/parity.ts'
import type { BackendMode, ServerDraft } from '../../../../shared/contract/servers.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'

function take(status: BackendStatus): void {
  sendToSession({ type: 'backend-read', status })
}

export async function setMode(mode: BackendMode): Promise<void> {
  await attempt(
    'change what computes',
    async () => take(await callEngine('backend.setMode', { mode })),
    'What was in use goes on.',
  )
}

/** Keeps a server and tests it at once. Returns the words of what is wrong with the entry, null when it was kept. */
export async function saveServer(draft: ServerDraft): Promise<string | null> {
  let status: BackendStatus
  try {
    status = await callEngine('servers.save', draft)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  take(status)
  const kept = draft.id ?? status.servers.at(-1)?.entry.id
  if (kept !== undefined) void testServer(kept)
  return null
}

export async function forgetServer(serverId: string): Promise<void> {
  await attempt('forget the server', async () => take(await callEngine('servers.forget', { serverId })))
}

export async function testServer(serverId: string): Promise<void> {
  await attempt('test the server', async () => take(await callEngine('servers.test', { serverId })))
}

/** Takes the server's own network as the model to compare with, its sha256 checked. */
export async function fetchTwin(model: ModelState, serverId: string): Promise<void> {
  const report = (receivedBytes: number, totalBytes: number): void =>
    sendToSession({
      type: 'job-changed',
      job: { kind: 'download', modelId: model.id, title: model.title, receivedBytes, totalBytes },
    })
  report(0, model.bytes)
  const fetched = await attempt(
    `fetch ${model.title} from the server`,
    async () =>
      take(
        await callEngine(
          'models.fetchFromServer',
          { modelId: model.id, serverId },
          { onProgress: (progress) => report(progress.receivedBytes, progress.totalBytes) },
        ),
      ),
    'The server and the models on this computer are as they were.',
  )
  sendToSession({ type: 'job-changed', job: null })
  if (fetched) await testServer(serverId)
}

export async function checkParity(
  serverIds: string[] | null,
  signal: AbortSignal,
  onProgress: (progress: ParityProgress) => void,
): Promise<ParityReport | null> {
  let report: ParityReport | null = null
  await attempt('compare the backends', async () => {
    report = await callEngine('parity.check', { serverIds }, { signal, onProgress })
  })
  return report
}
