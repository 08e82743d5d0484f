import { expect, test } from 'vitest'
import type { BackendStatus } from '../../../../shared/contract/models.ts'
import { activeHeadline, proofOf, providerChoices } from './backends-words.ts'

const status: BackendStatus = {
  active: {
    kind: 'local',
    model: 'm',
    provider: 'cpu',
    device: '8 cores',
    fallbackReason: 'WebGPU gave other results.',
  },
  choice: 'auto',
  model: 'm',
  trials: [
    {
      provider: 'webgpu',
      accepted: false,
      device: 'GPU',
      reason: 'It gave other results.',
      cosineToCpu: 0.5,
      imageMs: 4,
    },
    { provider: 'cpu', accepted: true, device: '8 cores', reason: 'Works.', cosineToCpu: 1, imageMs: 40 },
  ],
  models: [],
  checking: false,
  mode: 'local',
  servers: [],
  modeReason: null,
  notes: [],
}

test('"verified" is said only of the provider that really runs', () => {
  expect(proofOf(status)?.provider).toBe('cpu')
  expect(
    proofOf({
      ...status,
      active: { kind: 'local', model: 'm', provider: 'webgpu', device: 'GPU', fallbackReason: null },
    }),
  ).toBeNull()
  expect(proofOf({ ...status, active: null })).toBeNull()
  expect(activeHeadline({ ...status, active: null })).toBe('Starts with the next scan')
})

test('the choices are what was tried here, and never lose the one that is set', () => {
  expect(providerChoices(status).map((choice) => choice.value)).toEqual(['auto', 'webgpu', 'cpu'])
  const lost: BackendStatus = { ...status, choice: 'cuda', trials: [] }
  expect(providerChoices(lost).map((choice) => choice.value)).toEqual(['auto', 'cuda', 'cpu'])
})
