import type { Provider } from '../../shared/contract/models.ts'

/** ONNX Runtime's own names for execution providers. */
export const runtimeNames: Record<Provider, string> = {
  cuda: 'cuda',
  tensorrt: 'tensorrt',
  directml: 'dml',
  coreml: 'coreml',
  webgpu: 'webgpu',
  cpu: 'cpu',
}
