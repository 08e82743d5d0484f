import path from 'node:path'
import { exclusively, installations, recipes, runRecipe, testThreads } from './installation.ts'
import type { RunningServer, StartOptions } from './running-server.ts'
import { freePorts, makeServerFolder, startServer } from './server-process.ts'
import type { TritonServer } from './start-triton.ts'

export interface GatewayOptions extends StartOptions {
  token?: string
  /** More environment for the recipe (see resources/servers/gateway/README.md). */
  env?: Readonly<Record<string, string>>
}

/** The gateway needs nothing that the PyTorch server's environment lacks but one package, so it moves in there. */
const installation = path.join(installations, 'pytorch')
const script = path.join(recipes, 'gateway', 'start-cpu.sh')

/** Installs the gateway where that is not done. */
export async function installGateway(): Promise<void> {
  await exclusively('pytorch', () => runRecipe(script, [installation, '--install']))
}

/**
 * Starts the recipe `resources/servers/gateway` in front of a Triton that serves its `u8` model, ready when this returns.
 * @throws Error with the end of the server's log, or with what to install
 */
export async function startGateway(triton: TritonServer, options: GatewayOptions = {}): Promise<RunningServer> {
  await installGateway()
  const port = options.port ?? (await freePorts(1))[0] ?? 0
  const url = `http://127.0.0.1:${port}`
  return startServer({
    title: 'The gateway',
    command: script,
    args: [installation],
    env: {
      TRITON_URL: triton.url,
      MODEL_ONNX: triton.modelOnnxPath,
      TWINLENS_PORT: String(port),
      TWINLENS_WORKERS: testThreads,
      ...(options.token === undefined ? {} : { TWINLENS_TOKEN: options.token }),
      ...options.env,
    },
    url,
    port,
    folder: makeServerFolder('gateway'),
    readyUrl: `${url}/health`,
    readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
  })
}
