import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { BadResultFile, BenchmarkEntry } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult, RunNotes } from '../../shared/contract/benchmark.ts'
import { asTwinlensError, TwinlensError } from '../../shared/errors.ts'
import { entryOf, isResumable } from './results-entry.ts'
import { writeAtomically } from './results-atomic-write.ts'
import { resultFileName } from './results-file-name.ts'
import { OtherTwinlensFile, readResults } from './results-read.ts'

const baselineFile = '.baselines.json'
const Baselines = z.object({ schema: z.literal('twinlens/baselines@1'), ids: z.array(z.string()) })

/** A result on its way: each `save` replaces the file whole, so that a crash keeps every phase that ended before. */
export interface ResultDraft {
  /** Name of the file without folders; the id of the history. */
  readonly id: string
  /** Saves may overlap; the last one wins. */
  save(result: BenchmarkResult): Promise<void>
}

interface Known {
  stamp: string
  results: BenchmarkResult[]
}

/**
 * The history: a folder of result files, and the published ones that ship with the app (ids that begin with `documented/`), which
 * are only read. An id is the file's name, with `#n` after it from the second series of a file on.
 */
export class ResultStore {
  readonly #folder: string
  readonly #documentedFolder: string | null
  readonly #known = new Map<string, Known>()

  constructor(folder: string, documentedFolder: string | null) {
    this.#folder = folder
    this.#documentedFolder = documentedFolder
  }

  /** Takes a free name by the documented rule (`_2`, `_3` … where it is taken) and writes the result there. */
  async begin(result: BenchmarkResult): Promise<ResultDraft> {
    await mkdir(this.#folder, { recursive: true })
    const wanted = resultFileName(result.backend, result.gpu_specs.name, result.timestamp ?? new Date().toISOString())
    const id = await this.#reserve(wanted.slice(0, -'.json'.length))
    const draft = this.#draft(id)
    await draft.save(result)
    return draft
  }

  /** Goes on with an interrupted result. @throws TwinlensError `invalid-request` when nothing is left to do in it */
  async resume(id: string): Promise<{ result: BenchmarkResult; draft: ResultDraft }> {
    const result = await this.read(id)
    if (!isResumable(result))
      throw new TwinlensError('invalid-request', `${id} is finished, or was not measured here: nothing to go on with.`)
    return { result, draft: this.#draft(this.#own(id)) }
  }

  /** Newest first. Files that cannot be read as results are told, not touched. */
  async list(): Promise<{ entries: BenchmarkEntry[]; bad: BadResultFile[] }> {
    const baselines = new Set(await this.#baselines())
    const entries: BenchmarkEntry[] = []
    const bad: BadResultFile[] = []
    for (const [prefix, folder] of this.#folders()) {
      for (const file of await jsonFiles(folder)) {
        try {
          const results = await this.#read(join(folder, file))
          results.forEach((result, index) => {
            const id = `${prefix}${file}${index === 0 ? '' : `#${index + 1}`}`
            entries.push({ ...entryOf(id, result), baseline: baselines.has(id) })
          })
        } catch (error) {
          if (!(error instanceof OtherTwinlensFile))
            bad.push({ file: `${prefix}${file}`, message: asTwinlensError(error).message })
        }
      }
    }
    const at = ({ timestamp }: BenchmarkEntry): number => (timestamp === null ? 0 : Date.parse(timestamp))
    entries.sort((a, b) => at(b) - at(a) || a.id.localeCompare(b.id))
    return { entries, bad }
  }

  /** @throws TwinlensError `not-found`, `invalid-request` */
  async read(id: string): Promise<BenchmarkResult> {
    const { path, index } = this.#locate(id)
    const result = (await this.#read(path))[index]
    if (result === undefined) throw new TwinlensError('not-found', `${id} is not in the history (any more).`)
    return result
  }

  /**
   * Takes the series of a file over into the folder, each as a file of our own shape.
   * @throws TwinlensError `invalid-request`, `not-found`: nothing was written
   */
  async import(path: string): Promise<BenchmarkEntry[]> {
    const results = await readResults(path)
    const entries: BenchmarkEntry[] = []
    for (const result of results) {
      const source = result.source ?? {
        kind: 'imported' as const,
        id: basename(path),
        title: result.label,
        shape: 'flat' as const,
        file: basename(path),
        cautions: [],
      }
      const { id } = await this.begin({ ...result, source })
      entries.push(entryOf(id, { ...result, source }))
    }
    return entries
  }

  /** @throws TwinlensError `invalid-request` for a published result or a file of another shape, which are not changed */
  async setNotes(id: string, notes: RunNotes): Promise<BenchmarkResult> {
    const result = await this.read(id)
    if (await this.#isForeign(id))
      throw new TwinlensError('invalid-request', `${id} is a file of another tool and is not changed. Import it first.`)
    const changed = { ...result, notes }
    await this.#draft(this.#own(id)).save(changed)
    return changed
  }

  async setBaseline(id: string, on: boolean): Promise<void> {
    await this.read(id)
    const ids = (await this.#baselines()).filter((each) => each !== id)
    await mkdir(this.#folder, { recursive: true })
    const content = { schema: 'twinlens/baselines@1', ids: on ? [...ids, id] : ids }
    await writeAtomically(join(this.#folder, baselineFile), `${JSON.stringify(content, null, 1)}\n`)
  }

  #draft(id: string): ResultDraft {
    const path = join(this.#folder, id)
    let last: Promise<void> = Promise.resolve()
    return {
      id,
      save: (result) => {
        const text = `${JSON.stringify(result, null, 1)}\n`
        last = last.catch(() => undefined).then(async () => writeAtomically(path, text))
        return last
      },
    }
  }

  /** An empty file under the first free name: two runs of the same second do not meet. */
  async #reserve(stem: string): Promise<string> {
    for (let turn = 1; ; turn++) {
      const name = turn === 1 ? `${stem}.json` : `${stem}_${turn}.json`
      try {
        await (await open(join(this.#folder, name), 'wx')).close()
        return name
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        throw new TwinlensError(
          'destination-unusable',
          `${name} could not be written in the folder of results. Check its rights and the space left.`,
          { cause: error },
        )
      }
    }
  }

  #folders(): [string, string][] {
    const own: [string, string] = ['', this.#folder]
    return this.#documentedFolder === null ? [own] : [own, ['documented/', this.#documentedFolder]]
  }

  #locate(id: string): { path: string; index: number } {
    const [, documented, name = '', number] = /^(documented\/)?([^/\\#]+\.json)(?:#(\d+))?$/.exec(id) ?? []
    const folder = documented === undefined ? this.#folder : this.#documentedFolder
    if (name === '' || name.startsWith('.') || folder === null)
      throw new TwinlensError('not-found', `${id} is not in the history.`)
    return { path: join(folder, name), index: number === undefined ? 0 : Number(number) - 1 }
  }

  /** The file behind an id that may be written: ours, in our own shape. */
  #own(id: string): string {
    const { path, index } = this.#locate(id)
    if (id.startsWith('documented/') || index > 0)
      throw new TwinlensError('invalid-request', `${id} is a reference and is not changed.`)
    return basename(path)
  }

  async #isForeign(id: string): Promise<boolean> {
    const content: unknown = JSON.parse(await readFile(this.#locate(id).path, 'utf8'))
    return !z.object({ schema: z.string() }).safeParse(content).success
  }

  async #read(path: string): Promise<BenchmarkResult[]> {
    const state = await stat(path).catch(() => null)
    if (state === null) throw new TwinlensError('not-found', `${basename(path)} is not there (any more).`)
    const stamp = `${state.mtimeMs} ${state.size} ${state.ino}`
    const known = this.#known.get(path)
    if (known?.stamp === stamp) return known.results
    const results = await readResults(path)
    this.#known.set(path, { stamp, results })
    return results
  }

  async #baselines(): Promise<string[]> {
    try {
      return Baselines.parse(JSON.parse(await readFile(join(this.#folder, baselineFile), 'utf8'))).ids
    } catch {
      return []
    }
  }
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted()
  } catch {
    return []
  }
}
