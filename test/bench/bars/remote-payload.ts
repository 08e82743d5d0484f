import { z } from 'zod'
import { openConnection } from '../../../src/engine/embedding/remote/open-connection.ts'
import type { Preprocessing } from '../../../src/shared/contract/photo.ts'
import type { InputFormat, InputOffer, ServerKind, Transport } from '../../../src/shared/contract/servers.ts'
import { median } from '../bar.ts'
import { runSubject } from '../child.ts'
import type { Bench } from '../workspace.ts'

/** What a photo costs on this side and on the wire, by input type. */
export interface PayloadRow {
  kind: ServerKind
  transport: Transport
  format: InputFormat
  /** Of the body; one value, the pictures are always the same. */
  bytesPerPhoto: number
  /** Seconds of processor time for 1,000 photos: encoding, sending, reading and checking the answer. One entry a run. */
  cpuSecondsPer1000: number[]
}

const Cost = z.object({ cpuMsPerPicture: z.number(), bytesPerPicture: z.number() })
/** As a scan cuts its batches. */
const batch = 8
const concurrency = 4
/** Processor time varies little. */
const mostRuns = 3

/** @param pictures for each format and run; a slow server is asked for fewer */
export async function measurePayload(
  bench: Bench,
  kind: ServerKind,
  url: string,
  preprocessing: Preprocessing,
  pictures: number,
): Promise<PayloadRow[]> {
  const offers = await offersAt(kind, url)
  const rows = offers.map(({ transport, format }): PayloadRow => {
    return { kind, transport, format, bytesPerPhoto: 0, cpuSecondsPer1000: [] }
  })
  for (let run = 0; run < Math.min(bench.runs, mostRuns); run++) {
    for (const [k, row] of rows.entries()) {
      const input = { kind, url, offer: offers[k], preprocessing, pictures, batch, concurrency }
      const cost = await runSubject('remote-client', input, Cost)
      row.bytesPerPhoto = cost.bytesPerPicture
      row.cpuSecondsPer1000.push(cost.cpuMsPerPicture)
    }
  }
  return rows
}

async function offersAt(kind: ServerKind, url: string): Promise<InputOffer[]> {
  const connection = openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null })
  try {
    const { offers, problem } = await connection.inspect()
    if (problem !== null) throw new Error(problem.message)
    return offers
  } finally {
    await connection.close()
  }
}

/** Rows of a Markdown table, the smallest payload first. */
export function formatPayload(rows: readonly PayloadRow[]): string {
  const lines = rows
    .toSorted((a, b) => a.bytesPerPhoto - b.bytesPerPhoto)
    .map(({ kind, transport, format, bytesPerPhoto, cpuSecondsPer1000 }) => {
      const [low, high] = [Math.min(...cpuSecondsPer1000), Math.max(...cpuSecondsPer1000)]
      const spread = `${low.toFixed(2)}–${high.toFixed(2)} (n ${cpuSecondsPer1000.length})`
      const kilobytes = (bytesPerPhoto / 1000).toFixed(1)
      return `| ${kind} ${transport} | ${format} | ${kilobytes} | ${median(cpuSecondsPer1000).toFixed(2)} | ${spread} |`
    })
  return [
    '| server | input | kB a photo | client CPU s per 1,000 photos | low–high |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}
