import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { InputOffer } from '../../shared/contract/servers.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { SessionSetup } from '../embedding/onnx-messages.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import type { EncodeFigures, EncodeTask } from './encode-task.ts'
import type { LoadOptions, LoadPlan, LoadProgress } from './load-plan.ts'
import type { LoadOutcome } from './load-tally.ts'
import type { PipelineFigures, PipelineTask } from './pipeline-run.ts'

/** What load is put on, as plain data. `access` holds secrets: it goes to the load process and nowhere else. */
export type TargetSetup =
  | {
      kind: 'remote'
      /** Each offers the same; requests are dealt in turns. */
      endpoints: { access: ServerAccess; offer: InputOffer }[]
      preprocessing: Preprocessing
    }
  | { kind: 'local'; session: SessionSetup }

/** To the load process. Requests are carried out one after the other; `stop` ends the one under way. */
export type LoadRequest =
  | { kind: 'open'; id: number; target: TargetSetup; seed: number }
  | { kind: 'load'; id: number; batch: number; plan: LoadPlan; options: LoadOptions }
  | { kind: 'encode'; id: number; task: EncodeTask; seed: number }
  | { kind: 'pipeline'; id: number; task: PipelineTask }
  | { kind: 'stop' }

export type LoadReply =
  | { kind: 'opened'; id: number; openMs: number; imageSet: { hash: string; count: number } }
  | { kind: 'progress'; id: number; progress: LoadProgress }
  | { kind: 'photos'; id: number; done: number }
  | { kind: 'loaded'; id: number; outcome: LoadOutcome }
  | { kind: 'encoded'; id: number; figures: EncodeFigures }
  | { kind: 'piped'; id: number; figures: PipelineFigures }
  | { kind: 'failed'; id: number; code: ErrorCode; message: string }
