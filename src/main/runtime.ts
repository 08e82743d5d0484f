const electronMajor = Number.parseInt(process.versions.electron ?? '0', 10)

/** better-sqlite3 needs N-API 10, which Electron has from version 35 on; below that the engine runs on Node 24. */
export const engineFitsElectron = electronMajor >= 35

/** A sentence for the person where this is not the Electron that Twinlens is made for. */
export const runtimeNote: string | null = engineFitsElectron
  ? null
  : `An old Electron (${process.versions.electron}) stands in because the official one could not be downloaded. ` +
    'It gets no security fixes: good for trying and testing only. `npm run setup:electron` tries the download again.'
