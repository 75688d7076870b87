-- What users noted of themselves; in the order of their lists.
CREATE TABLE activity (
    user       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    id         BLOB NOT NULL,
    kind       TEXT NOT NULL,
    reference  TEXT NOT NULL,
    -- A JSON object.
    details    TEXT,
    client_id  TEXT,
    PRIMARY KEY (user, created_at, id)
) STRICT, WITHOUT ROWID;
-- For entries that are noted again, by their id or by their client's name for them.
CREATE UNIQUE INDEX activity_by_id ON activity (id);
CREATE UNIQUE INDEX activity_by_client_id ON activity (user, client_id) WHERE client_id IS NOT NULL;
