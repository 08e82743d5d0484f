import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSpec } from '../../shared/contract/models.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { sha256OfFile } from './manifest.ts'
import { writeReceipt } from './model-receipt.ts'
import { OnnxLink } from './onnx-link.ts'
import { probePictures } from './probe-picture.ts'
import { sessionSetup } from './session-setup.ts'

export interface ImportRequest {
  spec: ModelSpec
  /** The file that the person chose. */
  path: string
  modelsDir: string
  signal?: AbortSignal
}

/**
 * Copies a model that the person has as a file into `<modelsDir>/<file>`. The manifest's own file is known by its sha256.
 * Another export of the same network has another: it is taken when it runs (in a process of its own, since it is a stranger's
 * file) with the right input and output, and its own sha256 is recorded and goes into the key of its vectors, so that they are
 * never mixed with those of another export.
 *
 * @returns the sha256 of the file
 * @throws TwinlensError `not-found`, `model-corrupt` (not a model, or not one of this shape), `download-failed` (disk full),
 *   `invalid-request` for a model that ships with Twinlens, `cancelled`
 */
export async function importModelFile({ spec, path, modelsDir, signal }: ImportRequest): Promise<{ sha256: string }> {
  if (spec.url === null)
    throw new TwinlensError('invalid-request', `${spec.title} comes with Twinlens; it can't be replaced.`)
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) throw new TwinlensError('not-found', `There is no file at ${path}.`)
  await mkdir(modelsDir, { recursive: true })
  const target = join(modelsDir, spec.file)
  const fresh = `${target}.import`
  try {
    await copyFile(path, fresh)
    const sha256 = await sha256OfFile(fresh, signal)
    if (sha256 !== spec.sha256) await checkRuns(spec, fresh, path)
    await rename(fresh, target)
    const { size, mtimeNs } = await stat(target, { bigint: true })
    await writeReceipt(target, { stamp: `${size}:${mtimeNs}`, sha256 })
    return { sha256 }
  } catch (error) {
    await rm(fresh, { force: true })
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new TwinlensError('download-failed', `The disk is full: ${spec.title} could not be copied.`, {
        cause: error,
      })
    }
    throw error
  }
}

async function checkRuns(spec: ModelSpec, file: string, original: string): Promise<void> {
  let link: OnnxLink | null = null
  try {
    link = await OnnxLink.open(sessionSetup(spec, file, 'cpu'), 120_000, 'process')
    await link.embed(probePictures(spec.input.preprocessing, 2), 2)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TwinlensError('model-corrupt', `${original} can't be used as ${spec.title}: ${why}`, { cause: error })
  } finally {
    await link?.close()
  }
}
