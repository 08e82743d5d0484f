import path from 'node:path'
import { exclusively, installations, recipes, runRecipe, testThreads } from './installation.ts'
import type { RunningServer, StartOptions } from './running-server.ts'
import { freePorts, makeServerFolder, startServer } from './server-process.ts'
import { installPytorch } from './start-pytorch.ts'

/** Models of the repository by what they take; `_u8`, `_fp16`, `_jpeg` follow the name of the FP32 one. */
export type TritonModel = 'fp32' | 'u8' | 'fp16' | 'jpeg'

export interface TritonOptions extends StartOptions {
  /** Default: `['fp32']`. `jpeg` brings `u8` along. Each needs about 600 MB with the `openclip` network, 80 MB with `tiny`. */
  models?: readonly TritonModel[]
  /**
   * `tiny`: a deterministic network made in a second, for tests of the protocol. `openclip`: the very network that
   * `startPytorch` serves. Default `tiny`.
   */
  network?: 'tiny' | 'openclip'
  grpcPort?: number
  metricsPort?: number
  /** More of tritonserver's own arguments. */
  arguments?: readonly string[]
}

export interface TritonServer extends RunningServer {
  /** `grpc://127.0.0.1:PORT` */
  readonly grpcUrl: string
  /** `http://127.0.0.1:PORT/metrics` */
  readonly metricsUrl: string
  /** The FP32 network that is served: input `image`, output `embedding`. */
  readonly modelOnnxPath: string
}

/** Where Triton and its Python are. */
export const tritonInstallation = path.join(installations, 'triton')
const script = path.join(recipes, 'triton', 'start-cpu.sh')

/** Where perf_analyzer is, and what LD_LIBRARY_PATH has to be for it. */
export const perfAnalyzer = {
  command: path.join(tritonInstallation, 'perf_analyzer'),
  libraryPath: path.join(tritonInstallation, 'lib'),
}

/** Installs Triton and perf_analyzer where that is not done. */
export async function installTriton(): Promise<void> {
  await exclusively('triton', () => runRecipe(script, [tritonInstallation, '--install']))
}

/**
 * Starts a real Triton 24.10 on this machine's CPU (`resources/servers/triton/start-cpu.sh`), ready when this returns.
 * The first call on a machine installs it into `.cache/servers` (once; others wait for it).
 * @throws Error with the end of the server's log, or with what to install
 */
export async function startTriton(options: TritonOptions = {}): Promise<TritonServer> {
  await installTriton()
  const models = options.models ?? ['fp32']
  const onnx = options.network === 'openclip' ? (await installPytorch()).modelOnnxPath : 'tiny'
  const free = await freePorts(3)
  const [port = 0, grpcPort = 0, metricsPort = 0] = [options.port, options.grpcPort, options.metricsPort].map(
    (wanted, index) => wanted ?? free[index],
  )
  const url = `http://127.0.0.1:${port}`
  const folder = makeServerFolder('triton')
  const repository = path.join(folder, 'repository')
  const server = await startServer({
    title: 'Triton',
    command: script,
    args: [tritonInstallation, ...(options.arguments ?? [])],
    env: {
      MODELS: models.join(','),
      ONNX: onnx,
      REPOSITORY: repository,
      HTTP_PORT: String(port),
      GRPC_PORT: String(grpcPort),
      METRICS_PORT: String(metricsPort),
      ORT_THREADS: testThreads,
    },
    url,
    port,
    folder,
    readyUrl: `${url}/v2/health/ready`,
    readyTimeoutMs: options.readyTimeoutMs ?? 120_000,
  })
  return {
    ...server,
    grpcUrl: `grpc://127.0.0.1:${grpcPort}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    modelOnnxPath: onnx === 'tiny' ? path.join(tritonInstallation, 'tiny.onnx') : onnx,
  }
}
