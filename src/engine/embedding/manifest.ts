import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ModelManifest, type ModelSpec } from '../../shared/contract/models.ts'
import { isCancellation, TwinlensError } from '../../shared/errors.ts'
import { readReceipt, writeReceipt } from './model-receipt.ts'

/**
 * Reads `<resourcesDir>/models/manifest.json`.
 *
 * @throws TwinlensError `internal` when the installation is damaged: the file is missing or is not what it should be
 */
export async function loadManifest(resourcesDir: string): Promise<ModelManifest> {
  const path = join(resourcesDir, 'models', 'manifest.json')
  try {
    const manifest = ModelManifest.parse(JSON.parse(await readFile(path, 'utf8')))
    const ids = new Set(manifest.models.map((model) => model.id))
    if (ids.size !== manifest.models.length) throw new Error('Two models have the same id.')
    return manifest
  } catch (error) {
    throw new TwinlensError('internal', `The list of models at ${path} can't be read; reinstall Twinlens.`, {
      cause: error,
    })
  }
}

/** Where a model's file is, or would be: models without a url ship with the app, the others live in the person's folder. */
export function modelPath(spec: ModelSpec, resourcesDir: string, modelsDir: string): string {
  return spec.url === null ? join(resourcesDir, 'models', spec.file) : join(modelsDir, spec.file)
}

/** Whether the file is there; says nothing about its content. */
export async function isInstalled(spec: ModelSpec, resourcesDir: string, modelsDir: string): Promise<boolean> {
  const found = await stat(modelPath(spec, resourcesDir, modelsDir)).catch(() => null)
  return found?.isFile() ?? false
}

const verified = new Map<string, { stamp: string; sha256: string }>()

/**
 * The path of a model whose content has been checked. All bytes are hashed once for each state of the file (size and time)
 * and process; for a fetched or imported model that fact is kept in a receipt beside it, so that a start need not read
 * 350 MB again.
 *
 * @throws TwinlensError `model-missing`, `model-corrupt`
 */
export async function modelFile(spec: ModelSpec, resourcesDir: string, modelsDir: string): Promise<string> {
  const path = modelPath(spec, resourcesDir, modelsDir)
  await modelSha256(spec, path)
  return path
}

/**
 * The sha256 of the file that would run: the manifest's, or the recorded one of an import that was exported elsewhere.
 *
 * @throws TwinlensError `model-missing`, `model-corrupt`
 */
export async function modelSha256(spec: ModelSpec, path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  if (!found?.isFile()) throw missing(spec, path)
  const stamp = `${found.size}:${found.mtimeNs}`
  const known = verified.get(path)
  if (known?.stamp === stamp && known.sha256.length > 0) return known.sha256
  const receipt = spec.url === null ? null : await readReceipt(path)
  if (receipt?.stamp === stamp) {
    verified.set(path, { stamp, sha256: receipt.sha256 })
    return receipt.sha256
  }
  const sha256 = await sha256OfFile(path)
  if (sha256 !== spec.sha256 && sha256 !== receipt?.sha256) {
    throw new TwinlensError(
      'model-corrupt',
      `The file of ${spec.title} (${path}) is not the model it should be: its sha256 is ${sha256}, not ${receipt?.sha256 ?? spec.sha256}. ` +
        (spec.url === null ? 'Reinstall Twinlens.' : 'Fetch it again.'),
    )
  }
  verified.set(path, { stamp, sha256 })
  if (spec.url !== null) await writeReceipt(path, { stamp, sha256 })
  return sha256
}

function missing(spec: ModelSpec, path: string): TwinlensError {
  return new TwinlensError(
    'model-missing',
    spec.url === null
      ? `The file of ${spec.title} is missing (${path}). Reinstall Twinlens.`
      : `${spec.title} is not on this computer yet. Fetch it, or import its file.`,
  )
}

/**
 * sha256 of a whole file as lower-case hex, read in pieces.
 *
 * @throws TwinlensError `cancelled`
 */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal })
  } catch (error) {
    if (isCancellation(error)) throw new TwinlensError('cancelled', 'Stopped on request.', { cause: error })
    throw error
  }
  return hash.digest('hex')
}

/**
 * Names the space that a model's vectors live in: `<id>@<first 16 hex of sha256>/<preprocessing id>`. Vectors of different
 * spaces are never compared.
 *
 * @param sha256 of the file that runs, where it may differ from the manifest's (an import)
 */
export function embeddingSpaceKey(spec: ModelSpec, sha256: string = spec.sha256): string {
  return `${spec.id}@${sha256.slice(0, 16)}/${spec.input.preprocessing.id}`
}
