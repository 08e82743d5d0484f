import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { exclusively, installations, recipes, runRecipe, testThreads } from './installation.ts'
import type { RunningServer, StartOptions } from './running-server.ts'
import { freePorts, makeServerFolder, startServer } from './server-process.ts'

/** One classic mistake of an embedding server, planted in ours by `faulty_server.py`. */
export type PlantedFault = 'no-mean-std' | 'bgr' | 'stretched' | 'bilinear' | 'not-normalised' | 'other-weights'

export interface PytorchOptions extends StartOptions {
  fault?: PlantedFault
  /** Bearer token that it asks for. Default: none. */
  token?: string
  /** More environment for the recipe (see resources/servers/pytorch/README.md). */
  env?: Readonly<Record<string, string>>
}

export interface PytorchServer extends RunningServer {
  /** The server's own network as ONNX (what `GET /model.onnx` sends), of the right weights also where a fault is planted. */
  readonly modelOnnxPath: string
}

const installation = path.join(installations, 'pytorch')
const script = path.join(recipes, 'pytorch', 'start-cpu.sh')
const faultyServer = fileURLToPath(new URL('faulty_server.py', import.meta.url))

/** The network of random weights from seed 0 that the tests' servers serve. */
const exported = path.join(installation, 'models', 'ViT-B-32-seed0.onnx')

/** Random weights of seed 0 without asking the network, and not more of the machine than a test may take. */
const testEnvironment = {
  CLIP_PRETRAINED: '',
  CLIP_DEVICE: 'cpu',
  TORCH_THREADS: testThreads,
  TWINLENS_WORKERS: testThreads,
}

/** Installs the recipe and exports its network where that is not done. */
export async function installPytorch(): Promise<{ python: string; modelOnnxPath: string }> {
  await exclusively('pytorch', async () => {
    await runRecipe(script, [installation, '--install'])
    if (!existsSync(`${exported}.json`)) await runRecipe(script, [installation, '--export', exported], testEnvironment)
  })
  return { python: path.join(installation, 'venv', 'bin', 'python'), modelOnnxPath: exported }
}

/**
 * Starts the recipe `resources/servers/pytorch` on this machine's CPU with random weights of seed 0, ready when this returns.
 * The first call on a machine installs it into `.cache/servers` (once; others wait for it).
 * @throws Error with the end of the server's log, or with what to install
 */
export async function startPytorch(options: PytorchOptions = {}): Promise<PytorchServer> {
  const { python, modelOnnxPath } = await installPytorch()
  const port = options.port ?? (await freePorts(1))[0] ?? 0
  const faulty = options.fault === undefined ? null : [python, '-B', faultyServer, options.fault]
  const [command = '', ...args] = faulty ?? [script, installation]
  const url = `http://127.0.0.1:${port}`
  const server = await startServer({
    title: 'The PyTorch server',
    command,
    args,
    env: {
      ...testEnvironment,
      TWINLENS_PORT: String(port),
      ...(options.token === undefined ? {} : { TWINLENS_TOKEN: options.token }),
      ...options.env,
    },
    url,
    port,
    folder: makeServerFolder('pytorch'),
    readyUrl: `${url}/health`,
    readyTimeoutMs: options.readyTimeoutMs ?? 120_000,
  })
  return { ...server, modelOnnxPath }
}
