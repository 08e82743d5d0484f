/** Seals secrets for keeping on disk; the app's main process does it with the system's keychain. */
export interface SecretKeeper {
  /** Base64 of the sealed text; null where there is no keychain. */
  seal(text: string): Promise<string | null>
  /** Null when it cannot be opened: another person, another computer, no keychain. */
  open(sealed: string): Promise<string | null>
}

/** Where there is no app beside the engine, such as in the command line: secrets live as long as the process. */
export const noSecretKeeper: SecretKeeper = {
  seal: () => Promise.resolve(null),
  open: () => Promise.resolve(null),
}
