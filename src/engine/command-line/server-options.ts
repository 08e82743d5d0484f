import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { z } from 'zod'
import { BackendMode, InputFormat, ServerDraft, type ServerKind } from '../../shared/contract/servers.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { Backends } from '../backends.ts'
import { exposureOf } from '../embedding/remote/exposure.ts'
import { parseServerAddress } from '../embedding/remote/server-address.ts'
import { readText } from '../files/folder-state.ts'
import { collect, collectList } from './option-parsers.ts'

/** The environment variable that a bearer token is read from unless another is named: a command line is no place for it. */
const defaultTokenVariable = 'TWINLENS_TOKEN'

export const ServerOptions = z.object({
  pytorchUrl: z.array(z.string()),
  tritonUrl: z.array(z.string()),
  tritonModel: z.string().optional(),
  input: z.union([z.literal('auto'), InputFormat]),
  tokenEnv: z.string().optional(),
  headerEnv: z.array(z.string()),
  ca: z.string().optional(),
  allowUnencrypted: z.boolean(),
})
export type ServerOptions = z.infer<typeof ServerOptions>

/** `--backend`; undefined: what the app is set to. */
export const BackendOption = BackendMode.optional()

/** Declares the options that name servers, alike for every command that uses them. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--pytorch-url <url>', 'address of a PyTorch server (repeatable, or divided by commas)', collectList, [])
    .option(
      '--triton-url <url>',
      'address of a Triton server, http(s)://… or grpc(s)://… (repeatable, or divided by commas)',
      collectList,
      [],
    )
    .option('--triton-model <name>', 'model to use on the Triton servers (default: the first that takes pictures)')
    .addOption(
      new Option('--input <format>', 'how pictures travel; auto measures what is offered and takes the best')
        .choices(['auto', ...InputFormat.options])
        .default('auto'),
    )
    .option('--token-env <name>', `environment variable with a bearer token (default: ${defaultTokenVariable})`)
    .option(
      '--header-env <header=name>',
      'send a header with the value of an environment variable (repeatable)',
      collect,
      [],
    )
    .option('--ca <file>', 'PEM of a certificate authority to trust for these servers')
    .option('--allow-unencrypted', 'send photos unencrypted to addresses that are not private', false)
}

export function backendOption(): Option {
  return new Option(
    '--backend <name>',
    'what computes embeddings (default: the kind of the addresses given, else what the app is set to)',
  ).choices(BackendMode.options)
}

/**
 * Makes the named servers, and no others, the ones in use, for this run only.
 *
 * @returns the kinds of servers named
 * @throws TwinlensError `invalid-request` (an address, an empty variable, a certificate), `backend-unusable` when photos would
 *   travel unencrypted and that was not allowed
 */
export async function useNamedServers(backends: Backends, options: ServerOptions): Promise<ReadonlySet<ServerKind>> {
  const drafts = await serverDrafts(options)
  if (drafts.length > 0) await backends.useServers(drafts)
  return new Set(drafts.map(({ kind }) => kind))
}

/** Chooses the backend of this run. See `useNamedServers` for what it throws. */
export async function chooseBackend(
  backends: Backends,
  mode: BackendMode | undefined,
  options: ServerOptions,
): Promise<void> {
  const kinds = await useNamedServers(backends, options)
  const [only] = kinds
  const chosen = mode ?? (kinds.size > 1 ? 'auto' : (only ?? backends.mode))
  await backends.setMode(chosen, false)
}

/** What the options name, with its secrets read. See `useNamedServers` for what it throws. */
export async function serverDrafts(options: ServerOptions): Promise<ServerDraft[]> {
  const named = [
    ...options.pytorchUrl.map((url) => ({ kind: 'pytorch' as const, url })),
    ...options.tritonUrl.map((url) => ({ kind: 'triton' as const, url })),
  ]
  if (named.length === 0) return []
  const token = readToken(options.tokenEnv)
  const headers = Object.fromEntries(options.headerEnv.map(readHeader))
  const certificate = options.ca === undefined ? null : await readCertificate(options.ca)
  return named.map(({ kind, url }) => {
    guardExposure(kind, url, options.allowUnencrypted)
    const model = kind === 'triton' ? (options.tritonModel ?? null) : null
    const { input, allowUnencrypted } = options
    return ServerDraft.parse({ id: null, kind, url, model, input, allowUnencrypted, token, headers, certificate })
  })
}

function guardExposure(kind: ServerKind, url: string, allowed: boolean): void {
  const address = parseServerAddress(url, kind)
  if (exposureOf(address) !== 'unencrypted') return
  if (allowed) {
    process.stderr.write(`Warning: photos travel unencrypted to ${address.url}; anybody on the way can see them.\n`)
    return
  }
  throw new TwinlensError(
    'backend-unusable',
    `Photos would travel unencrypted to ${address.url}, which is not on a private network: anybody on the way could see them. Nothing was sent. Use an https or grpcs address, or add --allow-unencrypted.`,
  )
}

function readToken(variable: string | undefined): string | null {
  const token = process.env[variable ?? defaultTokenVariable]?.trim()
  if (token) return token
  if (variable === undefined) return null
  throw new TwinlensError('invalid-request', `The environment variable ${variable} is empty or not set.`)
}

function readHeader(text: string): [string, string] {
  const at = text.indexOf('=')
  const [name, variable] = [text.slice(0, at), text.slice(at + 1)]
  const value = at > 0 ? process.env[variable] : undefined
  if (value !== undefined && value !== '') return [name, value]
  throw new TwinlensError(
    'invalid-request',
    at > 0
      ? `The environment variable ${variable} is empty or not set.`
      : 'Give --header-env as HEADER=VARIABLE, the name of an environment variable behind the sign.',
  )
}

async function readCertificate(file: string): Promise<string> {
  try {
    return await readText(resolve(file))
  } catch (error) {
    throw new TwinlensError('invalid-request', `${file} could not be read.`, { cause: error })
  }
}
