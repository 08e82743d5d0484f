import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { isCancellation, TwinlensError, type UnreadableCode } from '../../shared/errors.ts'

/** The system's own code (`ENOENT`, …) of a thrown value, or an empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Why a file or folder could not be read, as a code and a sentence for the person. */
export function describeReadError(error: unknown, path: FilePath): { code: UnreadableCode; message: string } {
  const shown = displayPath(path)
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESTALE':
      return { code: 'vanished', message: `${shown} is no longer there.` }
    case 'EACCES':
    case 'EPERM':
      return { code: 'permission-denied', message: `You may not read ${shown}. Change its permissions and scan again.` }
    case 'ENAMETOOLONG':
      return {
        code: 'name-too-long',
        message: `The path of ${shortened(shown)} is longer than the system can open. Shorten the names of its folders.`,
      }
    default: {
      const reason = error instanceof Error ? error.message : String(error)
      return { code: 'read-error', message: `${shortened(shown)} could not be read: ${shortened(reason)}` }
    }
  }
}

/** A reading error as a TwinlensError with an UnreadableCode; cancellations and TwinlensErrors pass unchanged. */
export function asReadError(error: unknown, path: FilePath): unknown {
  if (error instanceof TwinlensError || isCancellation(error)) return error
  const { code, message } = describeReadError(error, path)
  return new TwinlensError(code, message, { cause: error })
}

function shortened(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 140)} … ${text.slice(-140)}`
}
