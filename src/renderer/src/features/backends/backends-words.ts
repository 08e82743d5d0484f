import type {
  BackendStatus,
  ModelState,
  Provider,
  ProviderChoice,
  ProviderTrial,
} from '../../../../shared/contract/models.ts'
import { formatCosine, formatMilliseconds } from './figures.ts'
import { formatNames } from './server-words.ts'
import { backendName, backendPlace, providerNames } from '../../lib/scan-words.ts'

/** Where each provider computes, in plain words. */
export const providerAbout: Record<Provider, string> = {
  cuda: 'NVIDIA graphics card, through CUDA',
  tensorrt: 'NVIDIA graphics card, through TensorRT',
  directml: 'Any modern graphics card on Windows',
  coreml: 'Graphics and neural engine of a Mac',
  webgpu: 'Any modern graphics card, through WebGPU',
  cpu: 'The processor; works everywhere',
}

/** What runs and whether that was checked, as one headline. */
export function activeHeadline(status: BackendStatus): string {
  if (status.checking) return 'Checking what this computer can do…'
  if (status.active === null)
    return status.mode === 'local' ? 'Starts with the next scan' : 'The next scan asks the servers'
  return `${backendName(status.active)} on ${backendPlace(status.active)}`
}

/** The accepted trial of the provider in use: the proof that it was tried here. */
export function proofOf(status: BackendStatus): ProviderTrial | null {
  const { active } = status
  if (active === null || active.kind !== 'local') return null
  return status.trials.find((trial) => trial.accepted && trial.provider === active.provider) ?? null
}

/** How it is known that what runs is right, and what leaves this computer; a sentence or two. */
export function activeAbout(status: BackendStatus): string {
  const { active } = status
  if (active !== null && active.kind !== 'local') {
    const way = `${active.transport === 'grpc' ? 'gRPC' : 'HTTP'}, ${formatNames[active.format]}`
    return `The model ${active.model} runs there (${active.provider}). Photos travel small and already cropped (${way}); at most ${active.inFlight} requests are on their way at a time.`
  }
  const proof = proofOf(status)
  if (proof === null || proof.imageMs === null) {
    return 'Each photo is described by a list of numbers, its embedding; alike photos have alike numbers.'
  }
  const agreed =
    proof.cosineToCpu === null || proof.provider === 'cpu'
      ? ''
      : ` and agreed with the processor (${formatCosine(proof.cosineToCpu)} of 1)`
  return `It ran the model on a test picture in ${formatMilliseconds(proof.imageMs)}${agreed}.`
}

/** Choices for the list: automatic, then what was tried here, best first as the engine tries them, and the processor last. */
export function providerChoices(status: BackendStatus): { value: ProviderChoice; label: string }[] {
  const tried = status.trials.map((trial) => trial.provider)
  const providers = [...new Set<Provider>([...tried, ...(status.choice === 'auto' ? [] : [status.choice]), 'cpu'])]
  return [
    { value: 'auto', label: 'Automatic: the fastest that gives right results' },
    ...providers.map((provider) => ({
      value: provider,
      label: `${providerNames[provider]}: ${providerAbout[provider].charAt(0).toLowerCase()}${providerAbout[provider].slice(1)}`,
    })),
  ]
}

export const roleWords: Record<ModelState['role'], string> = {
  default: 'Comes with Twinlens and works offline.',
  fast: 'Smaller and faster; finds a little less.',
  'server-twin': 'The model that remote servers run; larger, fetched on request.',
}
