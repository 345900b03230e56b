"""The catalogue's schema: one script a version, run in order, never edited once it has been released."""

from __future__ import annotations

_FIRST = """
-- One row: the last edition that was begun, and what embedded it and how (JSON).
CREATE TABLE state (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), edition INTEGER NOT NULL, manifest TEXT NOT NULL);
INSERT INTO state VALUES (1, 0, '{}');

-- Files as they were when they were read. `forced` is the shape and the columns that the user asked for (JSON).
CREATE TABLE files (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('corpus', 'added')),
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, shape TEXT NOT NULL, columns TEXT NOT NULL,
    forced TEXT NOT NULL, problems TEXT NOT NULL
);

-- A work is one paper, however often it was read; its id never changes. A dirty work must be put together again.
CREATE TABLE works (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, dirty INTEGER NOT NULL DEFAULT 1);
CREATE INDEX works_dirty ON works (number) WHERE dirty = 1;
CREATE TABLE aliases (
    alias TEXT PRIMARY KEY, work INTEGER NOT NULL REFERENCES works (number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX aliases_work ON aliases (work);

-- What each file said, one row an abstract. The keys are digests by which the same work is looked for.
CREATE TABLE readings (
    number INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files (number) ON DELETE CASCADE, position INTEGER NOT NULL,
    work INTEGER NOT NULL REFERENCES works (number), id TEXT NOT NULL, title_key BLOB, text_key BLOB, record TEXT NOT NULL
);
CREATE INDEX readings_file ON readings (file);
CREATE INDEX readings_work ON readings (work);
CREATE INDEX readings_id ON readings (id);
CREATE INDEX readings_title ON readings (title_key) WHERE title_key IS NOT NULL;
CREATE INDEX readings_text ON readings (text_key) WHERE text_key IS NOT NULL;

-- Texts that were split and embedded, whoever refers to them. `sentences` is NULL until that is done, else pairs of int32.
CREATE TABLE texts (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, sentences BLOB);
CREATE INDEX texts_pending ON texts (number) WHERE sentences IS NULL;
CREATE TABLE passages (
    text INTEGER NOT NULL REFERENCES texts (number) ON DELETE CASCADE, start INTEGER NOT NULL, end INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE UNIQUE INDEX passages_text ON passages (text, start);

-- Abstracts, visible in the editions from `added` until before `removed`. What a reader sees never changes under it.
-- `content` is a digest of all but the lines where the abstract stands: rows that differ in these alone are the same to
-- the indexes.
CREATE TABLE abstracts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, added INTEGER NOT NULL, removed INTEGER,
    text INTEGER NOT NULL REFERENCES texts (number), content BLOB NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL, title TEXT, body TEXT NOT NULL,
    year INTEGER, first_day INTEGER, last_day INTEGER, authors INTEGER, upvotes INTEGER, comments INTEGER, record TEXT NOT NULL
);
CREATE UNIQUE INDEX abstracts_live ON abstracts (id) WHERE removed IS NULL;
CREATE INDEX abstracts_id ON abstracts (id);
CREATE INDEX abstracts_added ON abstracts (added);
CREATE INDEX abstracts_removed ON abstracts (removed) WHERE removed IS NOT NULL;
CREATE INDEX abstracts_text ON abstracts (text);
CREATE TABLE origins (
    abstract INTEGER NOT NULL REFERENCES abstracts (number) ON DELETE CASCADE, file TEXT NOT NULL, PRIMARY KEY (abstract, file)
) WITHOUT ROWID;
"""

# When a work was first indexed, ISO 8601 in UTC; "" where that was before this was kept, NULL until the run that met it has read all.
_FIRST_SEEN = """
ALTER TABLE works ADD COLUMN first_seen TEXT;
UPDATE works SET first_seen = '';
"""

# Vectors of a text's sentences, float16, in their order; NULL where the embedding gives none, or gave none when the text was embedded.
_SENTENCE_VECTORS = """
ALTER TABLE texts ADD COLUMN sentence_vectors BLOB;
"""

# What is counted, compared and put in the order of the files is read from these, not from the texts. Whether an edition sees a row is
# decided by `added` and `removed`, which each therefore has.
_LOOKED_UP = """
DROP INDEX abstracts_added;
CREATE INDEX abstracts_added ON abstracts (added, removed, text);
CREATE INDEX abstracts_place ON abstracts (file, line, id, added, removed);
CREATE INDEX abstracts_of_file ON abstracts (file, id, added, removed);
CREATE INDEX abstracts_year ON abstracts (year, file, line, id, added, removed);
CREATE INDEX abstracts_days ON abstracts (first_day, last_day, file, line, id, added, removed);
CREATE INDEX abstracts_authors ON abstracts (authors, file, line, id, added, removed);
CREATE INDEX abstracts_upvotes ON abstracts (upvotes, file, line, id, added, removed);
CREATE INDEX abstracts_comments ON abstracts (comments, file, line, id, added, removed);
CREATE INDEX abstracts_untitled ON abstracts (title, added, removed) WHERE title IS NULL;
CREATE INDEX abstracts_inferred ON abstracts (year, first_day, last_day, added, removed)
    WHERE CASE WHEN first_day IS NOT NULL THEN json_extract(record, '$.date_inferred') END;
CREATE INDEX abstracts_title_alone ON abstracts (number) WHERE removed IS NULL AND body = title;
CREATE INDEX works_unseen ON works (number) WHERE first_seen IS NULL;
"""

# What was worked out of an edition once, as JSON, for all questions that ask for it; and what a word is found in, in order.
_KEPT = """
DROP INDEX abstracts_text;
CREATE INDEX abstracts_text ON abstracts (text, file, line, id, added, removed);
CREATE TABLE kept (edition INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (edition, name));
"""

# A file that is read in batches, as far as it was read: what was asked for (JSON), and the point after its last batch (JSON).
# `arrivals` are the readings that this has met: those that are `fresh` are new, and not said by the file until it was read to its end;
# the others it said before. A work that only waits for such readings has `dirty` = 2.
_STREAMS = """
CREATE TABLE streams (
    file INTEGER PRIMARY KEY REFERENCES files (number) ON DELETE CASCADE, asked TEXT NOT NULL, point TEXT NOT NULL
);
CREATE TABLE arrivals (
    reading INTEGER PRIMARY KEY REFERENCES readings (number) ON DELETE CASCADE,
    file INTEGER NOT NULL REFERENCES files (number) ON DELETE CASCADE, fresh INTEGER NOT NULL
);
CREATE INDEX arrivals_file ON arrivals (file);
"""

# The order of the files names the texts as well: by their numbers the word index tells which of a part of it have a word.
_PLACED = """
DROP INDEX abstracts_place;
CREATE INDEX abstracts_place ON abstracts (file, line, id, added, removed, text);
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _FIRST_SEEN, _SENTENCE_VECTORS, _LOOKED_UP, _KEPT, _STREAMS, _PLACED)
