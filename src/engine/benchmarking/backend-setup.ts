import type { BenchmarkBackend } from '../../shared/contract/benchmark.ts'
import type { ModelSpec, Provider } from '../../shared/contract/models.ts'
import type { InputOffer, ServerReport } from '../../shared/contract/servers.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { sessionSetup } from '../embedding/session-setup.ts'
import type { TargetSetup } from './load-messages.ts'

/** The local model, with the provider that really runs. */
export interface LocalSetup {
  kind: 'local'
  spec: ModelSpec
  modelPath: string
  sha256: string
  provider: Provider
  device: string
  fallbackReason: string | null
  /** Of the CPU's session; undefined: as a scan. */
  threads: number | undefined
}

/** One server and the way into it that all phases but `protocols` use. */
export interface ServerSetup {
  kind: 'pytorch' | 'triton'
  access: ServerAccess
  report: ServerReport
  offer: InputOffer
  preprocessing: Preprocessing
  /** Of the served model, where the server tells or the person knows it. */
  sha256: string | null
  /** More servers that offer the same, for the scaling phase. */
  others: readonly ServerAccess[]
  /** From the start of its process to ready, where it was started for this run; null where it was up before. */
  readyMs: number | null
}

export type BackendSetup = LocalSetup | ServerSetup

/** What the load process opens for a backend; `offer` and `servers` for phases that go another way or to more endpoints. */
export function targetOf(
  backend: BackendSetup,
  options: { offer?: InputOffer; servers?: readonly ServerAccess[] } = {},
): TargetSetup {
  if (backend.kind === 'local') {
    const { spec, modelPath, provider, threads } = backend
    return { kind: 'local', session: sessionSetup(spec, modelPath, provider, { threads }) }
  }
  const offer = options.offer ?? backend.offer
  const servers = options.servers ?? [backend.access]
  return {
    kind: 'remote',
    endpoints: servers.map((access) => ({ access, offer })),
    preprocessing: backend.preprocessing,
  }
}

/** Most pictures of one request; the local session takes any number. */
export function mostPictures(backend: BackendSetup): number {
  return backend.kind === 'local' ? Infinity : backend.offer.maxBatch
}

const kindTitles: Record<BenchmarkBackend, string> = { local: 'Local', pytorch: 'PyTorch', triton: 'Triton' }
const formatTitles: Partial<Record<InputOffer['format'], string>> = { 'json-fp32': 'JSON FP32' }

/** For people: `Triton gRPC UINT8`, `Local EfficientNet-Lite2 GeM on cpu`. */
export function labelOf(backend: BackendSetup): string {
  if (backend.kind === 'local') return `Local ${backend.spec.title} on ${backend.provider}`
  const { transport, format } = backend.offer
  const way = formatTitles[format] ?? format.toUpperCase().replace('-', ' ')
  const over = backend.kind === 'pytorch' ? '' : transport === 'grpc' ? 'gRPC ' : 'HTTP '
  return `${kindTitles[backend.kind]} ${over}${way}`
}
