import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { z } from 'zod'
import type { Provider } from '../../shared/contract/models.ts'
import { toTensor } from './normalise.ts'
import type { SessionSetup } from './onnx-messages.ts'
import { runtimeNames } from './onnx-names.ts'

/**
 * [Note: ONNX Runtime blocks]
 * onnxruntime-node's `run` and `create` compute on the calling thread, promise or not. So a session lives on a thread of its
 * own (CPU) or in a process of its own (everything else, since driver code may crash or hang), and this file runs there only.
 */
export interface OnnxSession {
  /**
   * @param pixels count pictures, each height × width × 3 bytes RGB
   * @returns count × dimension, each vector of unit length, and the milliseconds inside ONNX Runtime
   * @throws Error when the provider fails, or answers numbers that are not finite or not of the right shape
   */
  embed(pixels: Uint8Array, count: number): Promise<{ vectors: Float32Array; computeMs: number }>
  /** Ends the watch that `watchPlacement` began; the share of step time spent on the CPU, 0–1. */
  placement(): Promise<number>
}

/** COREML_FLAG_CREATE_MLPROGRAM of coreml_provider_factory.h: the newer format, which knows more operators. */
const coreMlProgram = 0x010

function executionProvider(provider: Provider): InferenceSession.ExecutionProviderConfig {
  return provider === 'coreml' ? { name: 'coreml', coreMlFlags: coreMlProgram } : runtimeNames[provider]
}

/** `profilePrefix`: where ONNX Runtime writes down the time of every step; null: nowhere. */
export function sessionOptions(setup: SessionSetup, profilePrefix: string | null): InferenceSession.SessionOptions {
  return {
    executionProviders: [executionProvider(setup.provider)],
    intraOpNumThreads: setup.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: setup.graphOptimization,
    // Patterns hold the largest batch's layout for good: 70 MB at batch 8 of the default model, and no faster.
    enableMemPattern: false,
    logSeverityLevel: 4,
    // Idle threads sleep instead of spinning: decoding needs the cores while this waits for its next batch.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...(profilePrefix === null ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  }
}

/** Opens a model for the setup's provider and no other. @throws Error in ONNX Runtime's words */
export async function openSession(setup: SessionSetup): Promise<OnnxSession> {
  const runtime = await import('onnxruntime-node')
  runtime.env.logLevel = 'fatal'
  const profileDir = setup.watchPlacement ? await mkdtemp(join(tmpdir(), 'twinlens-placement-')) : null
  const options = sessionOptions(setup, profileDir && join(profileDir, 'steps'))
  const session = await runtime.InferenceSession.create(setup.modelPath, options).catch(async (error: unknown) => {
    if (profileDir !== null) await rm(profileDir, { recursive: true, force: true })
    throw error
  })
  const { width, height } = setup.preprocessing
  const input = checkInput(session, setup)
  const outputName = pickName(session.outputNames, setup.outputName, 'output')
  const pictureBytes = width * height * 3
  let inputValues: Float32Array<ArrayBuffer> | undefined

  return {
    async embed(pixels, count) {
      const vectors = new Float32Array(count * setup.dimension)
      const most = input.fixedBatch ?? setup.picturesPerRun
      let computeMs = 0
      for (let from = 0; from < count; from += most) {
        const wanted = Math.min(most, count - from)
        // A fixed batch that is not full repeats the last picture.
        const size = input.fixedBatch ?? wanted
        const pictures = Array.from({ length: size }, (_, k) => {
          const at = Math.min(from + k, count - 1) * pictureBytes
          return pixels.subarray(at, at + pictureBytes)
        })
        inputValues = toTensor(pictures, setup.preprocessing, inputValues)
        const tensor = new runtime.Tensor('float32', inputValues, [size, 3, height, width])
        const begun = performance.now()
        const output = (await session.run({ [input.name]: tensor }))[outputName]
        computeMs += performance.now() - begun
        const found = unitVectors(output, size, setup.dimension)
        vectors.set(found.subarray(0, wanted * setup.dimension), from * setup.dimension)
      }
      return { vectors, computeMs }
    },
    async placement() {
      if (profileDir === null) throw new Error('The placement of this session is not being watched.')
      session.endProfiling()
      try {
        return await readCpuShare(profileDir)
      } finally {
        await rm(profileDir, { recursive: true, force: true })
      }
    },
  }
}

/** Exports name their tensors as they like; where there is only one, its name does not matter. */
function pickName(names: readonly string[], wanted: string, what: string): string {
  const only = names.length === 1 ? names[0] : undefined
  const name = names.includes(wanted) ? wanted : only
  if (name === undefined) throw new Error(`The model has no ${what} named ${wanted} (it has ${names.join(', ')}).`)
  return name
}

/** Some exports fix the batch at 1 instead of leaving it open. */
function checkInput(session: InferenceSession, setup: SessionSetup): { name: string; fixedBatch: number | null } {
  const { width, height } = setup.preprocessing
  const name = pickName(session.inputNames, setup.inputName, 'input')
  const metadata = session.inputMetadata.find((entry) => entry.name === name)
  if (!metadata?.isTensor) throw new Error(`The model's input ${name} is not a tensor.`)
  const [batch, ...rest] = metadata.shape
  const fits =
    rest.length === 3 && [3, height, width].every((size, k) => rest[k] === size || typeof rest[k] === 'string')
  if (metadata.type !== 'float32' || !fits) {
    throw new Error(
      `The model's input ${name} is ${metadata.type} [${metadata.shape.join(', ')}], not float32 [N, 3, ${height}, ${width}].`,
    )
  }
  return { name, fixedBatch: typeof batch === 'number' ? batch : null }
}

/** The output checked and brought to unit length (it nearly is; float32 and lower precision leave a little). */
function unitVectors(output: Tensor | undefined, count: number, dimension: number): Float32Array {
  const data = output?.data
  if (!(data instanceof Float32Array) || data.length !== count * dimension) {
    throw new Error(
      `The model answered ${output?.type ?? 'nothing'} [${output?.dims.join(', ') ?? ''}], not float32 [${count}, ${dimension}].`,
    )
  }
  const vectors = data.slice()
  for (let from = 0; from < vectors.length; from += dimension) {
    const vector = vectors.subarray(from, from + dimension)
    let squares = 0
    for (const value of vector) squares += value * value
    if (!Number.isFinite(squares) || squares === 0) {
      throw new Error('The model answered a vector that is not finite, or is zero.')
    }
    const scale = 1 / Math.sqrt(squares)
    for (let k = 0; k < dimension; k++) vector[k] = (vector[k] ?? 0) * scale
  }
  return vectors
}

const ProfileEvents = z.array(
  z.object({
    cat: z.string().optional(),
    dur: z.number().optional(),
    args: z.object({ provider: z.string().optional() }).optional(),
  }),
)

async function readCpuShare(profileDir: string): Promise<number> {
  const [file] = await readdir(profileDir)
  if (file === undefined) throw new Error('ONNX Runtime did not write down where the steps ran.')
  let cpu = 0
  let all = 0
  for (const event of ProfileEvents.parse(JSON.parse(await readFile(join(profileDir, file), 'utf8')))) {
    if (event.cat !== 'Node' || event.args?.provider === undefined) continue
    all += event.dur ?? 0
    if (event.args.provider === 'CPUExecutionProvider') cpu += event.dur ?? 0
  }
  return all === 0 ? 0 : cpu / all
}
