import { z } from 'zod'
import { WorkloadPictures } from '../../../src/engine/benchmarking/workload-pictures.ts'
import { openConnection } from '../../../src/engine/embedding/remote/open-connection.ts'
import { pictureCodec } from '../../../src/engine/imaging/picture-codec.ts'
import { Preprocessing } from '../../../src/shared/contract/photo.ts'
import { InputOffer, ServerKind } from '../../../src/shared/contract/servers.ts'
import { answer, eachInFlight, subjectInput } from './subject.ts'

/** What one side of an exchange costs here: pictures are encoded, sent and their answers checked, as a scan does it. */
const { kind, url, offer, preprocessing, pictures, batch, concurrency } = z
  .object({
    kind: ServerKind,
    url: z.string(),
    offer: InputOffer,
    preprocessing: Preprocessing,
    pictures: z.number(),
    batch: z.number(),
    concurrency: z.number(),
  })
  .parse(subjectInput())

const connection = openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null })
const client = connection.client(offer, { preprocessing, codec: pictureCodec })
const workload = new WorkloadPictures(preprocessing, 1)

async function embed(from: number): Promise<number> {
  const all = Array.from({ length: batch }, (_, k) => workload.picture(from + k))
  const { requestBytes } = await client.send(await client.encode(all))
  return requestBytes
}

// Compiles, connects and fills the tables.
for (let k = 0; k < 4; k++) await embed(pictures + k * batch)
const starts = Array.from({ length: Math.ceil(pictures / batch) }, (_, k) => k * batch)
let bytes = 0
const made = process.cpuUsage()
for (const from of starts) for (let k = 0; k < batch; k++) workload.picture(from + k)
const making = process.cpuUsage(made)
const before = process.cpuUsage()
await eachInFlight(starts, concurrency, async (from) => {
  const sent = await embed(from)
  bytes += sent
})
const { user, system } = process.cpuUsage(before)
const count = starts.length * batch
// Making the pictures is the workload's, not the client's.
const cpuMs = (user + system - making.user - making.system) / 1000
await connection.close()
answer({ cpuMsPerPicture: cpuMs / count, bytesPerPicture: bytes / count })
