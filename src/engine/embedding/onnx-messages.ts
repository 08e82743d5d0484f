import type { Provider } from '../../shared/contract/models.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'

/** All that a session needs; plain data, so that it can go to a thread or a process. */
export interface SessionSetup {
  modelPath: string
  provider: Provider
  /** Threads of one operator; only the CPU uses them. */
  threads: number
  graphOptimization: 'all' | 'extended'
  /** Pictures of one run; a larger batch is computed in pieces. */
  picturesPerRun: number
  preprocessing: Preprocessing
  inputName: string
  outputName: string
  dimension: number
  /** Writes down which provider ran each step of the first picture; `placement` reads it. */
  watchPlacement: boolean
}

export type OnnxRequest =
  | { kind: 'open'; id: number; setup: SessionSetup }
  /** `pixels`: `count` pictures one after the other, each height × width × 3 bytes RGB. */
  | { kind: 'embed'; id: number; pixels: Uint8Array; count: number }
  | { kind: 'placement'; id: number }

export type OnnxReply =
  | { kind: 'opened'; id: number }
  /** `vectors`: count × dimension, each of unit length. `computeMs` leaves out normalising and transport. */
  | { kind: 'vectors'; id: number; vectors: Float32Array; computeMs: number }
  /** Share of the time that the steps of the model spent on the CPU, 0–1. */
  | { kind: 'placement'; id: number; cpuShare: number }
  | { kind: 'failed'; id: number; message: string }
