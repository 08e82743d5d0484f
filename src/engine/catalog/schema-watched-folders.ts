/** Folders that the person wants watched while the app is open. */
export const schemaWatchedFolders = `ALTER TABLE folders ADD COLUMN watched INTEGER NOT NULL DEFAULT 0`
