import type { Command } from 'commander'
import { fetchModel, importModel, listModels, modelFromServer } from './models-command.ts'
import { addServerOptions } from './server-options.ts'

export function declareModels(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  const models = program
    .command('models')
    .description('Models on this computer, the local twin of what servers run among them.')
    .exitOverride()
  const catalog = ['--catalog <dir>', 'catalog to open (default: the app’s own)'] as const
  models
    .command('list')
    .description('Every model, and whether it is here.')
    .option(...catalog)
    .exitOverride()
    .action(async (options: unknown) => finish(await listModels(options)))
  models
    .command('fetch')
    .description('Download a model; its sha256 is checked.')
    .argument('<id>', 'as list prints it')
    .option(...catalog)
    .exitOverride()
    .action(async (id: string, options: unknown) => finish(await fetchModel(id, options, signal)))
  models
    .command('import')
    .description('Take a model from a file.')
    .argument('<id>', 'as list prints it')
    .argument('<file>', 'ONNX file')
    .option(...catalog)
    .exitOverride()
    .action(async (id: string, file: string, options: unknown) => finish(await importModel(id, file, options)))
  const fromServer = models
    .command('from-server')
    .description('Take the network of a PyTorch server (GET /model.onnx) as its local twin; its sha256 is checked.')
    .argument('<id>', 'as list prints it')
    .argument('<url>', 'address of the server')
    .option(...catalog)
  addServerOptions(fromServer)
    .exitOverride()
    .addHelpText('after', '\nExample:\n  twinlens models from-server openclip-vit-b32 http://gpu-box:8002')
    .action(async (id: string, url: string, options: unknown) =>
      finish(await modelFromServer(id, url, options, signal)),
    )
}
