import type { UnreadableCode } from '../../../../shared/errors.ts'

/** Reasons in a few words; the engine's message says the rest. */
export const unreadableWords: Record<UnreadableCode, string> = {
  truncated: 'cut short',
  'not-an-image': 'not a photo',
  'unsupported-format': 'format not supported',
  empty: 'empty file',
  'too-large': 'too large',
  'permission-denied': 'no permission',
  vanished: 'gone while reading',
  'changed-while-reading': 'changed while reading',
  'name-too-long': 'name too long',
  'read-error': 'disk error',
  'decode-error': 'damaged',
  'decode-timeout': 'took too long',
  'decoder-crashed': 'crashed the reader',
  'not-embedded': 'not taken by the server',
}
