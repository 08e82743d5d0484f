import type { ModelSpec, ProviderChoice } from '../../shared/contract/models.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { openLocalEmbedder } from '../embedding/local-embedder.ts'
import { embeddingSpaceKey, isInstalled, modelPath, modelSha256, sha256OfFile } from '../embedding/manifest.ts'

/** How a twin may be opened otherwise than as the reference: on another provider, or with a mistake planted. */
export interface TwinChange {
  /** Default `cpu`: the reference is what every computer computes alike. */
  provider?: ProviderChoice
  preprocessing?: Pick<Preprocessing, 'scale' | 'mean' | 'std'>
}

/** The local twin: the same network as ONNX, installed on this computer. */
export interface TwinModel {
  /** sha256 of the installed file (`modelSha256`), lower-case hex. */
  sha256: string
  /** `embeddingSpaceKey(spec, sha256)`. */
  spaceKey: string
  /** Opens it; 0.6 GB and a second or two for ViT-B/32. Whoever opens it closes it. */
  open(signal?: AbortSignal, change?: TwinChange): Promise<Embedder>
}

/**
 * The installed twin of the model that servers run; null where its file is not there.
 *
 * @throws TwinlensError `model-corrupt`
 */
export async function localTwin(spec: ModelSpec, resourcesDir: string, modelsDir: string): Promise<TwinModel | null> {
  if (!(await isInstalled(spec, resourcesDir, modelsDir))) return null
  const path = modelPath(spec, resourcesDir, modelsDir)
  return twinOf(spec, path, await modelSha256(spec, path))
}

/** A twin from a file that the person names, whatever its sha256. @throws Error when the file can't be read */
export async function twinFromFile(spec: ModelSpec, path: string, signal?: AbortSignal): Promise<TwinModel> {
  const sha256 = await sha256OfFile(path, signal)
  // Without a url the file stands for itself: nothing is written beside it.
  return twinOf({ ...spec, sha256, url: null }, path, sha256)
}

function twinOf(spec: ModelSpec, path: string, sha256: string): TwinModel {
  return {
    sha256,
    spaceKey: embeddingSpaceKey(spec, sha256),
    open(signal, change = {}) {
      const preprocessing = { ...spec.input.preprocessing, ...change.preprocessing }
      const provider = change.provider ?? 'cpu'
      return openLocalEmbedder({
        spec: { ...spec, input: { ...spec.input, preprocessing } },
        modelPath: path,
        choice: provider,
        // The CPU has nothing to try out.
        trials: provider === 'cpu' ? [] : null,
        ...(signal === undefined ? {} : { signal }),
      })
    },
  }
}

/** A twin that is opened once, when first asked for, and shared by all who take it unchanged, until it is released. */
export interface SharedTwin extends TwinModel {
  release(): Promise<void>
}

/** Spares a check the second or two of each opening. Changed twins are opened and closed as before. */
export function shareTwin(twin: TwinModel): SharedTwin {
  let shared: Promise<Embedder> | null = null
  return {
    sha256: twin.sha256,
    spaceKey: twin.spaceKey,
    async open(signal, change = {}) {
      if (change.preprocessing !== undefined || (change.provider ?? 'cpu') !== 'cpu') return twin.open(signal, change)
      shared ??= twin.open(signal).catch((error: unknown) => {
        shared = null
        throw error
      })
      const embedder = await shared
      return {
        description: embedder.description,
        spaceKey: embedder.spaceKey,
        dimension: embedder.dimension,
        batchSize: embedder.batchSize,
        concurrency: embedder.concurrency,
        outage: null,
        embed: (pixels, until) => embedder.embed(pixels, until),
        onChange: (callback) => embedder.onChange(callback),
        close: () => Promise.resolve(),
      }
    },
    async release() {
      const opened = shared
      shared = null
      await opened?.then((embedder) => embedder.close())
    },
  }
}

/** Embeds with the twin and closes it again. @param change see `TwinChange` */
export async function withTwin<T>(
  twin: TwinModel,
  signal: AbortSignal | undefined,
  change: TwinChange,
  use: (embedder: Embedder) => Promise<T>,
): Promise<T> {
  const embedder = await twin.open(signal, change)
  try {
    return await use(embedder)
  } finally {
    await embedder.close()
  }
}
