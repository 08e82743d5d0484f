/**
 * Forgets files that were passed over or listed because no decoder knew them, so that the next scan looks at them again: camera
 * raw files, JPEG XL, Photoshop documents, Targa and icons are read from here on. Nothing else hangs on them.
 */
export const retryUnreadFormats = `
DELETE FROM files
WHERE state = 'other' OR (state = 'unreadable' AND code IN ('unsupported-format', 'not-an-image'));

DELETE FROM contents
WHERE state = 'unreadable' AND code IN ('unsupported-format', 'not-an-image')
  AND id NOT IN (SELECT content_id FROM files WHERE content_id IS NOT NULL)
  AND id NOT IN (SELECT a FROM dismissed) AND id NOT IN (SELECT b FROM dismissed);
`
