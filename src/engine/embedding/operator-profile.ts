import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { toTensor } from './normalise.ts'
import type { SessionSetup } from './onnx-messages.ts'
import { sessionOptions } from './onnx-session.ts'

/** Time spent in all nodes of one operator type. */
export interface OperatorTime {
  op: string
  totalMs: number
  invocations: number
}

const Events = z.array(
  z.object({
    cat: z.string().optional(),
    name: z.string().optional(),
    dur: z.number().optional(),
    args: z.object({ op_name: z.string().optional() }).optional(),
  }),
)

/**
 * Runs the model `runs` times on one picture with ONNX Runtime's own profiler on, after one run that does not count, and sums up
 * by operator, the longest first. Fused and layout-optimised operators appear as what really runs. Computes on the calling
 * thread ([Note: ONNX Runtime blocks]).
 *
 * @param picture height × width × 3 bytes RGB
 * @throws Error in ONNX Runtime's words
 */
export async function profileOperators(
  setup: SessionSetup,
  picture: Uint8Array,
  runs: number,
): Promise<OperatorTime[]> {
  const runtime = await import('onnxruntime-node')
  const folder = await mkdtemp(join(tmpdir(), 'twinlens-operators-'))
  try {
    const session = await runtime.InferenceSession.create(setup.modelPath, sessionOptions(setup, join(folder, 'steps')))
    const name = session.inputNames.includes(setup.inputName) ? setup.inputName : (session.inputNames[0] ?? '')
    const input = session.inputMetadata.find((entry) => entry.name === name)
    const fixed = input?.isTensor === true && typeof input.shape[0] === 'number' ? input.shape[0] : 1
    const { width, height } = setup.preprocessing
    const values = toTensor(
      Array.from({ length: fixed }, () => picture),
      setup.preprocessing,
    )
    const tensor = new runtime.Tensor('float32', values, [fixed, 3, height, width])
    // What the first run spends on allocating is in the profile, too: its events are left out by their order.
    for (let k = 0; k <= runs; k++) await session.run({ [name]: tensor })
    session.endProfiling()
    const [file] = await readdir(folder)
    if (file === undefined) throw new Error('ONNX Runtime wrote no profile.')
    return sumUp(Events.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function sumUp(events: z.infer<typeof Events>): OperatorTime[] {
  const kernels = events.filter(
    ({ cat, name, args }) => cat === 'Node' && args?.op_name !== undefined && name?.endsWith('_kernel_time') === true,
  )
  const sums = new Map<string, OperatorTime>()
  const seen = new Set<string>()
  for (const { name = '', dur = 0, args } of kernels) {
    // The first time that a node appears is the run that does not count.
    if (!seen.has(name)) {
      seen.add(name)
      continue
    }
    const op = args?.op_name ?? ''
    const sum = sums.get(op) ?? { op, totalMs: 0, invocations: 0 }
    sum.totalMs += dur / 1000
    sum.invocations++
    sums.set(op, sum)
  }
  return [...sums.values()].toSorted((a, b) => b.totalMs - a.totalMs)
}
