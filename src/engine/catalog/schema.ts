/** "TWLN": tells a catalog from any other SQLite file. */
export const applicationId = 0x54574c4e

/**
 * Version 1 of `catalog.sqlite`.
 *
 * - Paths are BLOBs: the bytes of `pathToBytes`, so that a name in any encoding survives.
 * - Results hang on `contents`, never on `files`: a moved or copied file costs nothing, and content rows outlive their files.
 * - `device` and `inode` are unsigned 64-bit numbers in SQLite's signed ones (two's complement).
 * - Embeddings and links are packed, a row for each batch: a million links load as a few blobs.
 * - File and content ids are never used again (AUTOINCREMENT): a page that still names a removed file must not hit another.
 */
export const schemaVersion1 = `
CREATE TABLE folders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,
  last_scan_ms REAL,
  online INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 16),
  bytes INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('photo', 'unreadable')),
  code TEXT,
  message TEXT,
  format TEXT,
  width INTEGER,
  height INTEGER,
  orientation INTEGER,
  truncated INTEGER NOT NULL DEFAULT 0,
  taken_at TEXT,
  utc_offset TEXT,
  metadata TEXT,
  quality TEXT,
  contrast REAL,
  pixel_hash BLOB,
  p_hash BLOB,
  row_hash BLOB,
  column_hash BLOB
) STRICT;

CREATE TABLE luma (
  content_id INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
  luma BLOB NOT NULL
) STRICT;

CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,
  folder_id INTEGER NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
  bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  links INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('photo', 'unreadable', 'other')),
  content_id INTEGER REFERENCES contents (id),
  code TEXT,
  message TEXT,
  offline INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX files_by_folder ON files (folder_id, state, bytes);
CREATE INDEX files_by_content ON files (content_id);

CREATE TABLE spaces (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  dimension INTEGER
) STRICT;

CREATE TABLE embeddings (
  id INTEGER PRIMARY KEY,
  space_id INTEGER NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  content_ids BLOB NOT NULL,
  vectors BLOB NOT NULL
) STRICT;
CREATE INDEX embeddings_by_space ON embeddings (space_id);

CREATE TABLE links (
  id INTEGER PRIMARY KEY,
  tier TEXT NOT NULL CHECK (tier IN ('perceptual', 'ai')),
  space_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  matched BLOB NOT NULL,
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  score BLOB NOT NULL,
  distance BLOB NOT NULL,
  orientation BLOB NOT NULL,
  relation BLOB NOT NULL
) STRICT;
CREATE INDEX links_by_tier ON links (tier, space_id);

CREATE TABLE decisions (
  file_id INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
  decision TEXT NOT NULL CHECK (decision IN ('keep', 'remove'))
) STRICT;

CREATE TABLE dismissed (
  a INTEGER NOT NULL REFERENCES contents (id),
  b INTEGER NOT NULL REFERENCES contents (id),
  PRIMARY KEY (a, b),
  CHECK (a <= b)
) STRICT, WITHOUT ROWID;

CREATE TABLE journals (
  id TEXT PRIMARY KEY,
  started_ms REAL NOT NULL,
  finished_ms REAL,
  destination TEXT NOT NULL CHECK (destination IN ('trash', 'folder')),
  destination_path BLOB
) STRICT;

CREATE TABLE journal_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  journal_id TEXT NOT NULL REFERENCES journals (id),
  path BLOB NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  content_hash BLOB NOT NULL,
  modified_ns INTEGER NOT NULL,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  links INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  message TEXT,
  moved_to BLOB
) STRICT;
CREATE INDEX journal_items_by_journal ON journal_items (journal_id, id);
CREATE INDEX journal_items_unsettled ON journal_items (id) WHERE state = 'intended';

CREATE TABLE key_values (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/**
 * Version 2: links are borne out by a look at the aligned pictures and say what it saw. Earlier links were judged otherwise, so
 * they are forgotten; the next scan finds them again without opening a photo.
 */
export const schemaVersion2 = `
DROP TABLE links;
CREATE TABLE links (
  id INTEGER PRIMARY KEY,
  tier TEXT NOT NULL CHECK (tier IN ('perceptual', 'ai', 'similar')),
  space_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  matched BLOB NOT NULL,
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  score BLOB NOT NULL,
  distance BLOB NOT NULL,
  orientation BLOB NOT NULL,
  relation BLOB NOT NULL,
  changes BLOB NOT NULL,
  place BLOB NOT NULL,
  confidence BLOB NOT NULL
) STRICT;
CREATE INDEX links_by_tier ON links (tier, space_id);
`
