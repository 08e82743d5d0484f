import { availableParallelism } from 'node:os'
import type { ModelSpec, Provider } from '../../shared/contract/models.ts'
import type { SessionSetup } from './onnx-messages.ts'

/** More threads than this gain little on models of this size, and decoding wants cores too. */
const mostThreads = 8

/** On the CPU 4 pictures a run are as fast as 8 and need 50 MB less (default model); 1 and 2 are a few percent slower. */
const picturesPerCpuRun = 4

/** How a model is opened for a provider. */
export function sessionSetup(
  spec: ModelSpec,
  modelPath: string,
  provider: Provider,
  options: { threads?: number | undefined; watchPlacement?: boolean } = {},
): SessionSetup {
  return {
    modelPath,
    provider,
    threads: options.threads ?? Math.min(availableParallelism(), mostThreads),
    // ONNX Runtime 1.30 crashes on CLIP in fp16 on the CPU with "all", and an imported twin may be fp16; what "all" adds is
    // for convolutions, of which ViT has one.
    graphOptimization: spec.role === 'server-twin' ? 'extended' : 'all',
    picturesPerRun: provider === 'cpu' ? picturesPerCpuRun : spec.batchSize,
    preprocessing: spec.input.preprocessing,
    inputName: spec.input.name,
    outputName: spec.output.name,
    dimension: spec.output.dimension,
    watchPlacement: options.watchPlacement ?? false,
  }
}
