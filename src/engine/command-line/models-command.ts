import { resolve } from 'node:path'
import { z } from 'zod'
import type { ModelState } from '../../shared/contract/models.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { LibrarySession } from '../library-session.ts'
import type { ReceiveProgress } from '../local-backend.ts'
import { exitCodes } from './exit-codes.ts'
import { openSession } from './open-session.ts'
import { ServerOptions, useNamedServers } from './server-options.ts'

const Options = z.object({ catalog: z.string().optional() })

/** `models list`: every model, and whether it is on this computer. */
export function listModels(rawOptions: unknown): Promise<number> {
  return withSession(rawOptions, async (session) => {
    const { models } = await session.backends.status()
    for (const model of models) process.stdout.write(`${describe(model)}\n`)
  })
}

/** `models fetch ID`: downloads a model, sha256 checked. */
export function fetchModel(modelId: string, rawOptions: unknown, signal: AbortSignal): Promise<number> {
  return withSession(rawOptions, async (session) => {
    await session.backends.local.fetch(modelId, signal, progressOf(modelId))
    await sayInstalled(session, modelId)
  })
}

/** `models import ID FILE`: takes a model that the person has as a file. */
export function importModel(modelId: string, file: string, rawOptions: unknown): Promise<number> {
  return withSession(rawOptions, async (session) => {
    await session.backends.local.importFile(modelId, resolve(file))
    await sayInstalled(session, modelId)
  })
}

/** `models from-server ID URL`: takes a PyTorch server's own network (`GET /model.onnx` of our recipe), sha256 checked. */
export function modelFromServer(
  modelId: string,
  url: string,
  rawOptions: unknown,
  signal: AbortSignal,
): Promise<number> {
  return withSession(rawOptions, async (session) => {
    const { backends } = session
    await useNamedServers(
      backends,
      ServerOptions.parse({ ...serverDefaults, ...asRecord(rawOptions), pytorchUrl: [url] }),
    )
    const [server] = backends.servers.states()
    if (server === undefined) throw new TwinlensError('internal', 'The server was not taken.')
    await backends.fetchModelFromServer(modelId, server.entry.id, signal, progressOf(modelId))
    await sayInstalled(session, modelId)
  })
}

const serverDefaults = { tritonUrl: [], input: 'auto', headerEnv: [], allowUnencrypted: false }

function asRecord(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(value)
}

async function withSession(rawOptions: unknown, work: (session: LibrarySession) => Promise<void>): Promise<number> {
  const session = await openSession(Options.parse(rawOptions).catalog)
  try {
    await work(session)
    return exitCodes.done
  } finally {
    await session.close()
  }
}

async function sayInstalled(session: LibrarySession, modelId: string): Promise<void> {
  const { models } = await session.backends.status()
  const model = models.find(({ id }) => id === modelId)
  if (model !== undefined) process.stdout.write(`${describe(model)}\n`)
}

function describe({ id, title, installed, bytes, dimension, licence }: ModelState): string {
  const state = installed ? 'here' : 'not here'
  return `${id.padEnd(24)} ${state.padEnd(9)} ${`${(bytes / 1e6).toFixed(0)} MB`.padStart(7)}  ${dimension} numbers, ${licence}  ${title}`
}

function progressOf(modelId: string): (progress: ReceiveProgress) => void {
  let shownMs = -Infinity
  return ({ receivedBytes, totalBytes }) => {
    const now = performance.now()
    if (now - shownMs < 1_000 && receivedBytes < totalBytes) return
    shownMs = now
    const line = `${modelId}: ${(receivedBytes / 1e6).toFixed(0)} of ${(totalBytes / 1e6).toFixed(0)} MB`
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    if (process.stderr.isTTY && receivedBytes >= totalBytes) process.stderr.write('\n')
  }
}
