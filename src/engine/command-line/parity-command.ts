import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { ParityProgress, ParityReport } from '../../shared/contract/parity.ts'
import { ScanOptions } from '../../shared/contract/scan.ts'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { refuseOpenTravel } from '../backends/server-desk.ts'
import { checkParity } from '../check-parity.ts'
import { writeReport } from '../files/folder-state.ts'
import { nameOf } from '../files/native-path.ts'
import { walk } from '../files/walk.ts'
import { looksLikePhotoName } from '../imaging/sniff.ts'
import type { LibrarySession } from '../library-session.ts'
import type { ParityServer } from '../parity/measure-server.ts'
import { parityText } from '../parity/report-text.ts'
import { twinFromFile, type TwinModel } from '../parity/twin-model.ts'
import { exitCodes } from './exit-codes.ts'
import { openSession } from './open-session.ts'
import { collectList } from './option-parsers.ts'
import { addServerOptions, ServerOptions, useNamedServers } from './server-options.ts'

const Options = ServerOptions.extend({
  backends: z.array(z.string()),
  catalog: z.string().optional(),
  json: z.string().optional(),
  modelFile: z.string().optional(),
  photos: z.string().optional(),
  quick: z.boolean(),
  quiet: z.boolean(),
})
type Options = z.infer<typeof Options>

/** Photos of the person's own that join the golden set. */
const ownPhotoCount = 16

export function declareParity(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  const command = program
    .command('parity')
    .description(
      'Prove that servers compute what this computer computes: the same vectors, and the same groups of your library.',
    )
    .option(
      '--backends <list>',
      'what to compare: local, pytorch=URL, triton=URL, divided by commas (default: local and the servers that the app knows)',
      collectList,
      [],
    )
    .option('--catalog <dir>', 'catalog whose groups and photos are looked at (default: the app’s own)')
    .option(
      '--model-file <file>',
      'ONNX file of the servers’ model to compare with (default: the one that is installed)',
    )
    .option('--photos <dir>', 'take your photos for the comparison from this folder instead of the catalog')
    .option('--json <file>', 'write the report as twinlens/parity@1')
    .option('--quick', 'eight painted pictures instead of all, and no groups', false)
    .option('--quiet', 'no progress', false)
  addServerOptions(command)
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 all equal · 1 a difference, or nothing to compare with · 2 wrong use · 3 a backend could not be used

Example:
  twinlens parity --backends local,pytorch=http://gpu-box:8002,triton=grpc://gpu-box:8004 --json parity.json`,
    )
    .action(async (options: unknown) => finish(await parityCommand(options, signal)))
}

/** `parity`: compares, prints and writes the report. Returns the exit code. */
export async function parityCommand(rawOptions: unknown, signal: AbortSignal): Promise<number> {
  const options = Options.parse(rawOptions)
  const { local, pytorchUrl, tritonUrl } = readBackends(options.backends)
  const session = await openSession(options.catalog)
  try {
    const { backends } = session
    await useNamedServers(backends, {
      ...options,
      pytorchUrl: [...options.pytorchUrl, ...pytorchUrl],
      tritonUrl: [...options.tritonUrl, ...tritonUrl],
    })
    // With nothing but local named, the servers that the app knows are not meant.
    const named = options.backends.length + options.pytorchUrl.length + options.tritonUrl.length > 0
    const anyServer = pytorchUrl.length + tritonUrl.length + options.pytorchUrl.length + options.tritonUrl.length > 0
    const servers = named && !anyServer ? [] : await serversOf(session, options)
    const unusable: string[] = []
    const photos = session.review.allPhotos()
    const report = await checkParity({
      spec: backends.local.twinSpec,
      twin: await twinOf(session, options, signal),
      local: local || !named,
      servers,
      golden: options.quick ? 'quick' : 'all',
      ownPhotos:
        options.photos === undefined
          ? spread(
              photos.filter(({ offline }) => !offline).map(({ path }) => path),
              ownPhotoCount,
            )
          : await photosIn(resolve(options.photos), signal),
      library:
        options.quick || photos.length === 0
          ? null
          : { catalog: session.catalog, photos, groups: session.review.groupsOf('ai') },
      kv: session.catalog.kv,
      signal,
      onUnusable: (backend) => unusable.push(backend),
      ...(options.quiet ? {} : { onProgress: progressOf(process.stderr) }),
    })
    process.stdout.write(`${parityText(report)}\n`)
    if (options.json !== undefined) {
      await writeReport(resolve(options.json), `${JSON.stringify(report, null, 2)}\n`)
      process.stdout.write(`\nWritten: ${options.json}\n`)
    }
    return exitCodeOfReport(report, unusable.length > 0)
  } finally {
    await session.close()
  }
}

function exitCodeOfReport({ backends }: ParityReport, unusable: boolean): number {
  if (unusable) return exitCodes.backendUnusable
  return backends.every(({ verdict }) => verdict === 'equal') ? exitCodes.done : exitCodes.doneWithProblems
}

function readBackends(words: readonly string[]): { local: boolean; pytorchUrl: string[]; tritonUrl: string[] } {
  const found = { local: false, pytorchUrl: [] as string[], tritonUrl: [] as string[] }
  for (const word of words) {
    const [, kind, url] = /^(pytorch|triton)=(.+)$/.exec(word) ?? []
    if (word === 'local') found.local = true
    else if (url !== undefined) (kind === 'pytorch' ? found.pytorchUrl : found.tritonUrl).push(url)
    else {
      throw new TwinlensError('invalid-request', `--backends: “${word}” is not one of local, pytorch=URL, triton=URL.`)
    }
  }
  return found
}

async function serversOf(session: LibrarySession, { input }: Options): Promise<ParityServer[]> {
  const desk = session.backends.servers
  const servers: ParityServer[] = []
  for (const { entry } of desk.states()) {
    refuseOpenTravel(entry)
    const format = input === 'auto' ? entry.input : input
    servers.push({
      connection: await desk.connection(entry.id),
      offer: null,
      model: entry.model,
      transport: null,
      ...(format === 'auto' ? {} : { format }),
    })
  }
  return servers
}

async function twinOf(session: LibrarySession, options: Options, signal: AbortSignal): Promise<TwinModel | null> {
  if (options.modelFile === undefined) return session.backends.twin()
  const path = resolve(options.modelFile)
  try {
    return await twinFromFile(session.backends.local.twinSpec, path, signal)
  } catch (error) {
    if (error instanceof TwinlensError) throw error
    throw new TwinlensError('invalid-request', `${options.modelFile} could not be read.`, { cause: error })
  }
}

async function photosIn(folder: FilePath, signal: AbortSignal): Promise<FilePath[]> {
  const paths: FilePath[] = []
  for await (const entries of walk([folder], { ...ScanOptions.parse({}), signal })) {
    for (const entry of entries) {
      if (entry.kind === 'file' && looksLikePhotoName(nameOf(entry.path))) paths.push(entry.path)
    }
  }
  if (paths.length === 0) throw new TwinlensError('not-found', `There are no photos in ${folder}.`)
  return spread(paths.sort(), ownPhotoCount)
}

/** So many of a list, evenly over it. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count)
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[Math.floor(at * step)]).filter(
    (item) => item !== undefined,
  )
}

/** In place on a terminal; elsewhere a line for each step. */
function progressOf(stream: NodeJS.WriteStream): (progress: ParityProgress) => void {
  let shown = ''
  return ({ step, done, total }) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${done < total ? `${step} ${done}/${total}` : ''}`)
    else if (step !== shown) stream.write(`${step}\n`)
    shown = step
  }
}
