import { isCancellation, serverCodes, TwinlensError, type ErrorCode } from '../../shared/errors.ts'

/** What the command's exit code says. */
export const exitCodes = {
  done: 0,
  /** Done, but some files could not be read, or some removals or restores were skipped. */
  doneWithProblems: 1,
  wrongUse: 2,
  backendUnusable: 3,
  interrupted: 130,
} as const

const wrongUse: readonly ErrorCode[] = [
  'invalid-request',
  'not-found',
  'destination-unusable',
  'catalog-in-use',
  'catalog-damaged',
  'catalog-newer',
  'busy',
]
const backend: readonly ErrorCode[] = [
  'model-missing',
  'model-corrupt',
  'provider-unusable',
  'backend-unusable',
  'offline',
  'download-failed',
  ...serverCodes,
]

/** The exit code for what ended a command. Anything unforeseen is 1: the work was not all done. */
export function exitCodeOf(error: unknown): number {
  if (isCancellation(error)) return exitCodes.interrupted
  if (error instanceof TwinlensError && wrongUse.includes(error.code)) return exitCodes.wrongUse
  if (error instanceof TwinlensError && backend.includes(error.code)) return exitCodes.backendUnusable
  return exitCodes.doneWithProblems
}
