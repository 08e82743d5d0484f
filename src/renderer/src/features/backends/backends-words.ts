import type {
  BackendStatus,
  ModelState,
  Provider,
  ProviderChoice,
  ProviderTrial,
} from '../../../../shared/contract/models.ts'
import { providerNames } from '../../lib/scan-words.ts'

/** Where each provider computes, in plain words. */
export const providerAbout: Record<Provider, string> = {
  cuda: 'NVIDIA graphics card, through CUDA',
  tensorrt: 'NVIDIA graphics card, through TensorRT',
  directml: 'Any modern graphics card on Windows',
  coreml: 'Graphics and neural engine of a Mac',
  webgpu: 'Any modern graphics card, through WebGPU',
  cpu: 'The processor; works everywhere',
}

/** "0.99996", enough digits to tell agreement from near agreement. */
export function formatCosine(cosine: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 5, maximumFractionDigits: 5 }).format(cosine)
}

export function formatMilliseconds(ms: number, locale?: string): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: ms < 10 ? 1 : 0 }).format(ms)} ms`
}

/** What runs and whether that was checked, as one headline. */
export function activeHeadline(status: BackendStatus): string {
  if (status.checking) return 'Checking what this computer can do…'
  if (status.active === null) return 'Not started yet'
  return `${providerNames[status.active.provider]} on ${status.active.device}`
}

/** The accepted trial of the provider in use: the proof that it was tried here. */
export function proofOf(status: BackendStatus): ProviderTrial | null {
  const { active } = status
  if (active === null) return null
  return status.trials.find((trial) => trial.accepted && trial.provider === active.provider) ?? null
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
