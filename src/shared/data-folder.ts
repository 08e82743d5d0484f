export interface Surroundings {
  /** As `process.platform`. */
  platform: string
  env: Readonly<Record<string, string | undefined>>
  home: string
}

/**
 * Where Twinlens keeps its catalog and settings; the app and the command line agree on it. `TWINLENS_DATA_DIR` comes first,
 * then the platform's own place (XDG Base Directory Specification 0.8: a relative XDG_DATA_HOME is ignored).
 */
export function dataFolder({ platform, env, home }: Surroundings): string {
  const chosen = env['TWINLENS_DATA_DIR']
  if (chosen) return chosen
  if (platform === 'win32') return `${env['APPDATA'] || `${home}\\AppData\\Roaming`}\\Twinlens`
  if (platform === 'darwin') return `${home}/Library/Application Support/Twinlens`
  const xdg = env['XDG_DATA_HOME']
  return `${xdg?.startsWith('/') ? xdg : `${home}/.local/share`}/Twinlens`
}

/** The folder of the catalog in a data folder. */
export function catalogFolder(data: string, platform: string): string {
  return platform === 'win32' ? `${data}\\catalog` : `${data}/catalog`
}
