import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { nodeBinary } from '../support/run-command.ts'

const subjects = new URL('./subjects/', import.meta.url)

/**
 * Runs `subjects/<name>.ts` in a fresh process with its input as JSON and parses the JSON on the last line of its output.
 * `wallSeconds` is the life of the process, start-up included.
 */
export async function runSubject<S extends z.ZodType>(
  name: string,
  input: unknown,
  schema: S,
): Promise<z.output<S> & { wallSeconds: number }> {
  const entry = fileURLToPath(new URL(`${name}.ts`, subjects))
  const started = performance.now()
  const child = spawn(nodeBinary(), ['--max-old-space-size=8192', entry, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.out += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.error += part))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const wallSeconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${text.error.slice(-2000)}`)
  const parsed = schema.parse(JSON.parse(text.out.trim().split('\n').at(-1) ?? ''))
  return Object.assign(Object(parsed) as z.output<S> & object, { wallSeconds })
}
