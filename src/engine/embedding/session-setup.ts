import { availableParallelism } from 'node:os'
import type { ModelSpec, Provider } from '../../shared/contract/models.ts'
import type { SessionSetup } from './onnx-messages.ts'

/** More threads than this gain little on models of this size, and decoding wants cores too. */
const mostThreads = 8

/**
 * Pictures of one CPU run. A run of one is computed within the cores' own caches and costs 8 % less of their time than one
 * of four (default model, two threads beside the decoders), and 50 MB less memory; but more threads need more to share out.
 */
function picturesPerCpuRun(threads: number): number {
  return Math.max(1, Math.floor(threads / 2))
}

/** How a model is opened for a provider. */
export function sessionSetup(
  spec: ModelSpec,
  modelPath: string,
  provider: Provider,
  options: { threads?: number | undefined; watchPlacement?: boolean } = {},
): SessionSetup {
  const threads = options.threads ?? Math.min(availableParallelism(), mostThreads)
  return {
    modelPath,
    provider,
    threads,
    // ONNX Runtime 1.30 crashes on CLIP in fp16 on the CPU with "all", and an imported twin may be fp16; what "all" adds is
    // for convolutions, of which ViT has one.
    graphOptimization: spec.role === 'server-twin' ? 'extended' : 'all',
    picturesPerRun: provider === 'cpu' ? picturesPerCpuRun(threads) : spec.batchSize,
    preprocessing: spec.input.preprocessing,
    inputName: spec.input.name,
    outputName: spec.output.name,
    dimension: spec.output.dimension,
    watchPlacement: options.watchPlacement ?? false,
  }
}
