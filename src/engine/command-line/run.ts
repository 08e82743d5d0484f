import { Command, CommanderError, Help, type Option } from 'commander'
import { asTwinlensError } from '../../shared/errors.ts'
import { declareBenchmark } from './benchmark-command.ts'
import { declareCatalog } from './catalog-command.ts'
import { declareClean, declareRestore } from './declare-clean.ts'
import { declareModels } from './declare-models.ts'
import { declareScan } from './declare-scan.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { declareParity } from './parity-command.ts'

/** Every command, in the order of the help. */
const declarations = [
  declareScan,
  declareClean,
  declareRestore,
  declareModels,
  declareParity,
  declareBenchmark,
  declareCatalog,
]

/** The engine as a command. Returns the exit code; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.done
  const stopping = new AbortController()
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted)
    process.stderr.write('\nStopping after this batch… (once more to stop at once; nothing is lost)\n')
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const program = buildProgram(stopping.signal, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse
    process.stderr.write(`${asTwinlensError(error).message}\n`)
    return exitCodeOf(error)
  }
}

/** As commander writes it, without a default that only says that the option was not given. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: (?:\[\]|false)\)$/, '')
}

function buildProgram(signal: AbortSignal, finish: (code: number) => void): Command {
  const program = new Command('twinlens')
    .description(
      'Finds duplicate photos, explains why it thinks so, and removes them without ever losing the last copy.',
    )
    .exitOverride()
    .configureHelp({ optionDescription: describeOption })
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done · 1 done, but some files could not be read or moved · 2 wrong use · 3 backend unusable · 130 interrupted

Examples:
  twinlens scan ~/Pictures --json result.json --html report.html
  twinlens clean result.json                       print what would go; nothing is changed
  twinlens clean result.json --apply               move identical copies to the trash, the oldest stays
  twinlens restore                                 put back what the last clean-up removed
  twinlens models from-server openclip-vit-b32 http://gpu-box:8002
  twinlens parity --backends local,pytorch=http://gpu-box:8002,triton=grpc://gpu-box:8004
  twinlens scan ~/Pictures --backend auto --pytorch-url http://gpu-box:8002 --triton-url grpc://gpu-box:8004
  twinlens benchmark --backend local,triton --triton-url grpc://gpu-box:8004 --preset quick`,
    )
  for (const declare of declarations) declare(program, signal, finish)
  return program
}
