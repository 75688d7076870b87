-- Ids are BLOBs of 12 bytes, times are milliseconds since 1970.

CREATE TABLE users (
    id            BLOB PRIMARY KEY,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL UNIQUE, -- lower case: names are unique whatever their case
    name          TEXT NOT NULL,
    profile_image TEXT,
    email         TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    last_seen     INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE email <> '';

-- What a user is found by the beginning of: the username and the name, in lower case. Search is a
-- range of it, and has all it needs to order and to page.
CREATE TABLE user_words (
    word         TEXT NOT NULL,
    username_key TEXT NOT NULL,
    user         BLOB NOT NULL,
    PRIMARY KEY (word, username_key)
) STRICT, WITHOUT ROWID;
-- For taking a user's words out when the name changes.
CREATE INDEX user_words_by_user ON user_words (user);

CREATE TABLE blocks (
    blocker BLOB NOT NULL,
    blocked BLOB NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (blocker, blocked)
) STRICT, WITHOUT ROWID;
-- For who has blocked a user.
CREATE INDEX blocks_by_blocked ON blocks (blocked);

CREATE TABLE media (
    url        TEXT PRIMARY KEY,
    owner      BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    mimetype   TEXT NOT NULL,
    filename   TEXT NOT NULL,
    size       INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB PRIMARY KEY,
    user       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, -- of its latest refresh token
    revoked    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
-- For a logout everywhere, and for forgetting what has expired.
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash       BLOB PRIMARY KEY,
    session    BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER, -- the three are set at its first use
    salt       BLOB,
    successor  BLOB
) STRICT, WITHOUT ROWID;
-- For forgetting what has expired.
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- What ended, as a log to be followed. Kept for a day.
CREATE TABLE revocations (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    user    BLOB NOT NULL,
    scope   INTEGER NOT NULL, -- 0 a session, 1 everything, 2 the user is gone
    session BLOB
) STRICT;
-- For following it.
CREATE INDEX revocations_by_time ON revocations (at);

-- Sessions of other issuers that ended. Kept, since nobody knows when their tokens expire.
CREATE TABLE foreign_logouts (
    session BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The latest logout everywhere.
CREATE TABLE user_logouts (
    user BLOB PRIMARY KEY,
    at   INTEGER NOT NULL,
    gone INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    number          INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: what is left of a deleted one is nobody's
    id              BLOB NOT NULL UNIQUE,
    kind            INTEGER NOT NULL, -- 0 direct, 1 group
    pair            BLOB UNIQUE,      -- of a direct one: both ids, the lower first
    name            TEXT,
    photo           TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    last_seq        INTEGER NOT NULL DEFAULT 0, -- the timeline's head
    last_rev        INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE participants (
    conversation  INTEGER NOT NULL,
    user          BLOB NOT NULL,
    position      INTEGER NOT NULL, -- in the order in which they joined
    role          INTEGER NOT NULL, -- 0 member, 1 admin
    joined_at     INTEGER NOT NULL,
    joined_seq    INTEGER NOT NULL, -- the head's when they joined: what is before was not sent to them
    delivered_seq INTEGER NOT NULL,
    read_seq      INTEGER NOT NULL,
    read_at       INTEGER,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;
-- For a user's conversations.
CREATE INDEX participants_by_user ON participants (user);

-- place = conversation's number << 32 | seq, or rev. Messages of a conversation lie together.
CREATE TABLE messages (
    seq_place         INTEGER PRIMARY KEY,
    rev_place         INTEGER NOT NULL,
    position          INTEGER NOT NULL, -- over all conversations, in the order of their commits
    id                BLOB NOT NULL,
    conversation      INTEGER NOT NULL,
    sender            BLOB NOT NULL,
    text              TEXT,
    media             TEXT, -- JSON; NULL for none
    kind              INTEGER NOT NULL,
    reply_to          BLOB,
    reactions         TEXT, -- JSON; NULL for none
    created_rev       INTEGER NOT NULL,
    client_message_id TEXT,
    edited_at         INTEGER,
    deleted           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
-- For one message by its id.
CREATE UNIQUE INDEX messages_by_id ON messages (id);
-- For changes after a rev.
CREATE UNIQUE INDEX messages_by_rev ON messages (rev_place);
-- From what the text index found to its conversation and seq, without reading the message.
CREATE UNIQUE INDEX messages_by_position ON messages (position);
-- For idempotent sends.
CREATE UNIQUE INDEX messages_by_client_id ON messages (conversation, sender, client_message_id)
    WHERE client_message_id IS NOT NULL;
-- For counting one's own messages above a seq, which are not unread.
CREATE INDEX messages_by_sender ON messages (sender);
-- For counting deleted messages above a seq, which are not unread either.
CREATE INDEX messages_deleted ON messages (seq_place, sender) WHERE deleted = 1;

-- Messages above the reader's read_seq that were read one by one.
CREATE TABLE single_reads (
    user      BLOB NOT NULL,
    seq_place INTEGER NOT NULL,
    PRIMARY KEY (user, seq_place)
) STRICT, WITHOUT ROWID;

-- Deleted conversations with messages that are still to be erased, a few at a time.
CREATE TABLE erasures (
    conversation INTEGER PRIMARY KEY
) STRICT;

-- Row ids are messages.position, so that the newest come first. `scope` is "c" and the
-- conversation's number. Without content: the texts are in messages.
CREATE VIRTUAL TABLE message_text USING fts5 (
    text, scope,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
