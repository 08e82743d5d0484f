/** Corners of contents that a look may need again, packed; see `packScouts`. */
export const schemaCorners = `CREATE TABLE corners (
  content_id INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
  scouts BLOB NOT NULL
) STRICT`
