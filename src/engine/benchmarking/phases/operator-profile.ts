import type { OperatorProfile } from '../../../shared/contract/benchmark-resources.ts'
import { startOwnProcess } from '../own-process.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { sessionSetup } from '../../embedding/session-setup.ts'
import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import type { OperatorReply, OperatorTask } from '../operator-profile-worker.ts'

const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../operator-profile-worker.ts' : './operator-profile-worker.mjs',
  import.meta.url,
)

const runs = { quick: 5, documented: 20, thorough: 50, custom: 20 } as const
const megabyte = 1024 * 1024

/** Where the local model's time goes, by operator, and how it scales with the batch; in a process of its own. */
export async function runOperatorProfile(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, settings, signal } = context
  if (backend.kind !== 'local')
    return { state: 'skipped', reason: 'Operators can be looked into on this computer only.' }
  const setup = sessionSetup(backend.spec, backend.modelPath, backend.provider, { threads: backend.threads })
  const batchSizes = [...settings.batchSizes]
  const count = runs[settings.preset]
  const limitMs = Math.min(20_000, settings.stepLimitMs)
  const profile: OperatorProfile = { operators: [], provider: backend.provider, runs: count }
  throwIfCancelled(signal)
  const { child, end } = startOwnProcess(entry, signal)
  try {
    const failure = await new Promise<string | null>((resolve) => {
      child.on('message', (message) => {
        const reply = message as OperatorReply
        if (reply.kind === 'end') return resolve(null)
        if (reply.kind === 'failed') return resolve(reply.message)
        take(profile, reply)
        // The model's facts alone are no profile.
        if (reply.kind !== 'model') section.operator_profile = profile
        context.step(
          reply.kind === 'batch' ? `batch ${reply.size}` : reply.kind,
          profile.batch_scaling?.length ?? 0,
          batchSizes.length,
        )
      })
      child.once('exit', () => resolve('its process ended'))
      child.send({ setup, runs: count, batchSizes, limitMs } satisfies OperatorTask)
    })
    throwIfCancelled(signal)
    return failure === null ? done : { state: 'failed', reason: `The model could not be profiled: ${failure}.` }
  } finally {
    await end()
  }
}

function take(profile: OperatorProfile, reply: Exclude<OperatorReply, { kind: 'end' | 'failed' }>): void {
  if (reply.kind === 'model') {
    const { bytes, opset, nodes } = reply.facts
    profile.model = { file_mb: bytes / megabyte, nodes, ...(opset === null ? {} : { opset }) }
  } else if (reply.kind === 'operators') {
    const total = reply.operators.reduce((sum, { totalMs }) => sum + totalMs, 0)
    profile.operators = reply.operators.map(({ op, totalMs, invocations }) => ({
      op,
      total_ms: totalMs,
      share: total > 0 ? totalMs / total : 0,
      invocations,
    }))
  } else {
    const { size, meanMs } = reply
    profile.batch_scaling = [
      ...(profile.batch_scaling ?? []),
      { size, mean_ms: meanMs, images_per_s: (size * 1000) / meanMs },
    ]
  }
}
