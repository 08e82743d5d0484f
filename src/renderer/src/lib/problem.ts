import { asTwinlensError, type ErrorCode } from '../../../shared/errors.ts'

/** An error as a person reads it: what happened, what was not harmed, what to do. */
export interface Problem {
  title: string
  happened: string
  unharmed: string | null
  advice: string | null
}

const advice: Partial<Record<ErrorCode, string>> = {
  busy: 'Wait for the running job to end, or cancel it, then try again.',
  offline: 'Connect to the network and try again, or choose the file yourself.',
  'download-failed': 'Try again; what has arrived so far is kept.',
  'model-missing': 'Open Backends and fetch the model, or choose another one.',
  'model-corrupt': 'Open Backends and fetch the model again.',
  'trash-unavailable': 'Choose “Move to a folder” as the destination instead.',
  'destination-unusable': 'Choose another folder.',
  'changed-since-scan': 'Scan again, then make a new plan.',
  'engine-lost': 'It starts again by itself. If it does not, close and open Twinlens.',
  'not-in-trash': 'Look for the file in the trash yourself; the history shows its name.',
  internal: 'Try again. If it happens again, restart Twinlens.',
}

/** @param action what was being done, as the end of "Could not …" */
export function describeProblem(action: string, error: unknown, unharmed: string | null = null): Problem {
  const { code, message } = asTwinlensError(error)
  return { title: `Could not ${action}`, happened: message, unharmed, advice: advice[code] ?? null }
}
