import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { importForeign } from './import-shapes.ts'

/** Larger files are none of ours nor of the published ones. */
const mostBytes = 64 * 1024 * 1024

/** Files of Twinlens that lie in the same folder and hold something else. */
export class OtherTwinlensFile extends TwinlensError {}

/**
 * The series of a result file: ours (one), or one of the published shapes (see `import-shapes.ts`), what they lack left out.
 *
 * @throws TwinlensError `not-found` when it cannot be read; `invalid-request` when it holds no results: the message names the file
 *   and the first thing wrong with it. Nothing is ever changed.
 */
export async function readResults(path: string): Promise<BenchmarkResult[]> {
  const name = basename(path)
  return parseResults(await readBounded(path, name), name)
}

async function readBounded(path: string, name: string): Promise<string> {
  try {
    if ((await stat(path)).size > mostBytes)
      throw new TwinlensError('invalid-request', `${name} is larger than 64 MB, so it is no benchmark result.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof TwinlensError) throw error
    throw new TwinlensError('not-found', `${name} could not be read. Check that it is there and may be read.`, {
      cause: error,
    })
  }
}

/** As `readResults`, from text. @param name the file's name, for messages and for what the content does not tell */
export function parseResults(text: string, name: string): BenchmarkResult[] {
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''), (_, value: unknown) =>
      typeof value === 'string' ? withoutControls(value) : value,
    )
  } catch (error) {
    throw new TwinlensError('invalid-request', `${name} is not JSON (or is cut short). It was left as it is.`, {
      cause: error,
    })
  }
  const schema = schemaOf(content)
  if (schema === 'twinlens/benchmark-result@1') return [parseOwn(content, name)]
  if (schema?.startsWith('twinlens/benchmark-result@') === true)
    throw new TwinlensError(
      'invalid-request',
      `${name} was written by a newer Twinlens (${schema}). Update to open it.`,
    )
  if (schema?.startsWith('twinlens/') === true)
    throw new OtherTwinlensFile('invalid-request', `${name} holds ${schema}, no benchmark result.`)
  return importForeign(content, name)
}

/** Names and notes are shown on terminals and in SVG: neither takes a stranger's control characters. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|\p{Cf}/gu, ' ')
}

function schemaOf(content: unknown): string | undefined {
  return z.object({ schema: z.string() }).safeParse(content).data?.schema
}

function parseOwn(content: unknown, name: string): BenchmarkResult {
  const parsed = BenchmarkResult.safeParse(content)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? 'its top level' : issue.path.join('.')
  throw new TwinlensError(
    'invalid-request',
    `${name} is no readable benchmark result: ${where}: ${issue?.message ?? 'not as expected'}. It was left as it is.`,
    { cause: parsed.error },
  )
}
