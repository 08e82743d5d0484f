import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const OtherTools = z.object({
  schema: z.literal('twinlens/other-tools@1'),
  source: z.string(),
  library: z.string(),
  settings: z.string(),
  tools: z.array(
    z.object({
      tool: z.string(),
      seconds: z.number(),
      cpuMsPerPhoto: z.number().nullable(),
      memoryMb: z.number().nullable(),
      precision: z.number(),
      precisionWithoutTraps: z.number(),
      recall: z.number(),
      misses: z.string(),
    }),
  ),
})
export type OtherTools = z.infer<typeof OtherTools>

const file = new URL('../../../benchmark_results/other_tools/quality_3000-photos_202611.json', import.meta.url)

/** What other tools reached on a library of the same kind. */
export async function readOtherTools(): Promise<OtherTools> {
  return OtherTools.parse(JSON.parse(await readFile(file, 'utf8')))
}

export function formatOtherTools({ source, library, settings, tools }: OtherTools): string {
  const f1 = (p: number, r: number): string => ((2 * p * r) / (p + r)).toFixed(2)
  const rows = tools.map((each) => {
    const { precision: p, precisionWithoutTraps: free, recall: r } = each
    return `| ${each.tool} | ${p.toFixed(2)} | ${free.toFixed(2)} | ${r.toFixed(2)} | ${f1(p, r)} | ${f1(free, r)} | ${each.seconds} | ${each.cpuMsPerPhoto ?? '–'} | ${each.memoryMb ?? '–'} | ${each.misses} |`
  })
  return [
    `Other tools, ${settings}, ${source}. Their library: ${library}`,
    '',
    '| tool | P | P* | recall | F1 | F1 with P* | seconds | CPU ms/photo | MB | what it misses |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
