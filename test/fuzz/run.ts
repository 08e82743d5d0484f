import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { z } from 'zod'
import { nodeBinary } from '../support/run-command.ts'

/*
 * npm run fuzz: damages small files of every format in seeded ways and puts each through what a scan does, in a process of its
 * own. A crash, a hang, an error that no scan could list, or memory that grows is a finding; its file is kept under artifacts/.
 */
const Options = z.object({
  count: z.coerce.number().int().positive(),
  seconds: z.coerce.number().positive(),
  from: z.coerce.number().int().nonnegative(),
  only: z.string(),
})
const Message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun'), number: z.number(), key: z.string() }),
  z.object({ kind: z.literal('tried'), verdict: z.enum(['shown', 'listed']), residentBytes: z.number() }),
  z.object({ kind: z.literal('finding'), key: z.string(), message: z.string(), file: z.string() }),
])

/** Two decodings of at most ten seconds, and some more for a slow machine. */
const hangMs = 45_000
/** Decoders hold some hundred megabytes, whatever the files. */
const mostResidentBytes = 1_500_000_000

const options = Options.parse(
  new Command()
    .option('--count <n>', 'files to try', '3000')
    .option('--seconds <s>', 'stop after this long', '300')
    .option('--from <n>', 'number of the first file: the same numbers give the same files', '0')
    .option('--only <name>', 'seed files whose name begins so, for example psd', '')
    .parse()
    .opts(),
)
const artifacts = fileURLToPath(new URL('../../artifacts/fuzz', import.meta.url))
const deadline = performance.now() + options.seconds * 1000
const tally = { shown: 0, listed: 0 }
const findings: string[] = []
let peakBytes = 0

function report(key: string, message: string, file: string | null): void {
  findings.push(key)
  process.stdout.write(`\nFINDING ${key}: ${message}\n`)
  if (file === null) return
  mkdirSync(artifacts, { recursive: true })
  writeFileSync(join(artifacts, key.replaceAll('/', '-')), Buffer.from(file, 'base64'))
}

/** Runs one child from a number on; resolves with the number to go on from. */
function runChild(from: number): Promise<number> {
  const to = options.from + options.count
  const entry = fileURLToPath(new URL('fuzz-child.ts', import.meta.url))
  const child = fork(entry, [JSON.stringify({ from, to, only: options.only })], { execPath: nodeBinary() })
  let current = { number: from - 1, key: 'start' }
  let why = 'the process ended'
  let settled = true
  let stopping = false
  let hang: NodeJS.Timeout | undefined
  child.on('message', (raw) => {
    const message = Message.parse(raw)
    clearTimeout(hang)
    settled = message.kind !== 'begun'
    if (message.kind === 'begun') {
      current = message
      hang = setTimeout(() => {
        why = `no answer in ${hangMs / 1000} seconds`
        child.kill('SIGKILL')
      }, hangMs)
    } else if (message.kind === 'finding') report(message.key, message.message, message.file)
    else {
      tally[message.verdict]++
      peakBytes = Math.max(peakBytes, message.residentBytes)
    }
    if (!settled || performance.now() < deadline) return
    stopping = true
    child.kill()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(hang)
      if (!settled && !stopping) report(current.key, `${why} (${signal ?? code})`, null)
      resolve(current.number + 1)
    })
  })
}

for (let next = options.from; next < options.from + options.count && performance.now() < deadline;) {
  const reached = await runChild(next)
  if (reached === next) throw new Error('The process that tries files does not start.')
  next = reached
}
if (peakBytes > mostResidentBytes) findings.push('memory')
process.stdout.write(
  `${tally.shown} shown, ${tally.listed} listed, ${findings.length} findings; at most ${Math.round(peakBytes / 1e6)} MB\n`,
)
process.exitCode = findings.length === 0 ? 0 : 1
