import { asTwinlensError, TwinlensError } from '../../shared/errors.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { openConnection } from '../embedding/remote/open-connection.ts'
import { pictureCodec } from '../imaging/picture-codec.ts'
import { encodeRepeatedly } from './encode-task.ts'
import type { LoadReply, LoadRequest, TargetSetup } from './load-messages.ts'
import { runLoad } from './load-run.ts'
import { localTarget, remoteTarget, type LoadTarget } from './load-target.ts'
import { runPipeline } from './pipeline-run.ts'
import { RequestPool } from './request-pool.ts'
import { WorkloadPictures } from './workload-pictures.ts'

/**
 * [Note: The load process]
 * Load is generated in a process of its own: what the engine does meanwhile (progress, files, the window's calls) shares neither its
 * event loop nor its heap, and its CPU time is measured apart. It is told one thing after the other; `stop` cuts the present one
 * short, which then answers with what it has.
 */

interface Opened {
  target: LoadTarget
  preprocessing: Preprocessing
  pool: RequestPool
}

let opened: Opened | null = null
let present = new AbortController()
let last: Promise<void> = Promise.resolve()

function reply(message: LoadReply): void {
  process.send?.(message)
}

async function openTarget(setup: TargetSetup): Promise<LoadTarget> {
  if (setup.kind === 'local') return localTarget(setup.session)
  const recipe = { preprocessing: setup.preprocessing, codec: pictureCodec }
  const connections = setup.endpoints.map(({ access }) => openConnection(access))
  const clients = setup.endpoints.flatMap(({ offer }, k) => connections[k]?.client(offer, recipe) ?? [])
  return remoteTarget(clients, async () => {
    await Promise.all(connections.map((connection) => connection.close()))
  })
}

let painted: { key: string; pictures: WorkloadPictures } | null = null

/** Painted once for a size and seed. */
function picturesFor(preprocessing: Preprocessing, seed: number): WorkloadPictures {
  const key = `${preprocessing.width}×${preprocessing.height}:${seed}`
  if (painted?.key !== key) painted = { key, pictures: new WorkloadPictures(preprocessing, seed) }
  return painted.pictures
}

function ready(): Opened {
  if (opened === null) throw new TwinlensError('internal', 'The load process was asked to work before it was opened.')
  return opened
}

async function answer(request: Exclude<LoadRequest, { kind: 'stop' }>, signal: AbortSignal): Promise<LoadReply> {
  const { id } = request
  if (request.kind === 'open') {
    await opened?.target.close()
    const { target: setup } = request
    const preprocessing = setup.kind === 'local' ? setup.session.preprocessing : setup.preprocessing
    const begun = performance.now()
    const target = await openTarget(setup)
    const openMs = performance.now() - begun
    const pictures = picturesFor(preprocessing, request.seed)
    opened = { target, preprocessing, pool: new RequestPool(target, pictures) }
    const { hash, count } = pictures
    return { kind: 'opened', id, openMs, imageSet: { hash, count } }
  }
  if (request.kind === 'encode') {
    const pictures = picturesFor(request.task.preprocessing, request.seed)
    return { kind: 'encoded', id, figures: await encodeRepeatedly(request.task, pictures, signal) }
  }
  if (request.kind === 'pipeline') {
    const { target, preprocessing } = ready()
    const onDone = (done: number): void => reply({ kind: 'photos', id, done })
    return { kind: 'piped', id, figures: await runPipeline(target, preprocessing, request.task, signal, onDone) }
  }
  const { target, pool } = ready()
  const { plan, options, batch } = request
  const wanted = plan.kind === 'closed' && plan.requests !== null ? options.warmUp + plan.requests : null
  const requests = await pool.take(batch, wanted, signal)
  const outcome = await runLoad(target, requests, plan, options, signal, (progress) =>
    reply({ kind: 'progress', id, progress }),
  )
  return { kind: 'loaded', id, outcome }
}

async function receive(request: Exclude<LoadRequest, { kind: 'stop' }>): Promise<void> {
  present = new AbortController()
  try {
    reply(await answer(request, present.signal))
  } catch (error) {
    const { code, message } = asTwinlensError(error)
    reply({ kind: 'failed', id: request.id, code, message })
  }
}

process.on('message', (message) => {
  const request = message as LoadRequest
  if (request.kind === 'stop') present.abort()
  else last = last.then(() => receive(request))
})
// Nothing may outlive the engine.
process.on('disconnect', () => process.exit(0))
// Ctrl+C in a terminal reaches every process of the command; the engine says what is to be done.
process.on('SIGINT', () => undefined)
