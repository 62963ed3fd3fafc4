-- A book as the first agent left it: one case delivered, one open, an outcome not published yet.
CREATE TABLE arrivals (
    id           INTEGER PRIMARY KEY,
    station      TEXT NOT NULL,
    station_name TEXT NOT NULL,           -- JSON: language -> name
    vehicle      TEXT NOT NULL,           -- pseudonym under the site key
    event        TEXT,
    event_time   INTEGER,                 -- Unix milliseconds
    received     INTEGER NOT NULL,        -- Unix milliseconds
    unreleased   INTEGER NOT NULL         -- received on trial
);
CREATE INDEX arrivals_of_a_vehicle ON arrivals (station, vehicle, received);
CREATE INDEX arrivals_of_an_event ON arrivals (station, event);
CREATE TABLE cases (
    id        TEXT PRIMARY KEY,
    arrival   INTEGER NOT NULL REFERENCES arrivals (id),
    view      TEXT NOT NULL,
    public_id TEXT NOT NULL,
    album     TEXT NOT NULL,
    stage     TEXT NOT NULL CHECK (stage IN ('open', 'ended', 'handed', 'receipted')),
    outcome   TEXT,
    reason    TEXT,
    ended     INTEGER,
    parcel    TEXT,                       -- parcel.json of facts alone, until it was handed over
    delivery  TEXT
);
CREATE INDEX cases_by_stage ON cases (stage);
CREATE TABLE ledger (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('outcome', 'delivery', 'notice')),
    case_id TEXT NOT NULL,
    facts   TEXT NOT NULL,
    before  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE TRIGGER ledger_only_grows BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER ledger_keeps_all BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TABLE salts (case_id TEXT PRIMARY KEY, salt BLOB NOT NULL);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO arrivals VALUES (1, 'marriage', '{"en":"The marriage"}', '1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f', 'e-1', NULL, 1789999910000, 1);
INSERT INTO arrivals VALUES (2, 'marriage', '{"en":"The marriage"}', '2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f', 'e-2', NULL, 1789999940000, 1);
INSERT INTO cases VALUES ('00000000000000aa', 1, 'front', '00000000000000a1', 'a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0', 'receipted', 'sealed', NULL, 1789999920000, NULL, 'delivered');
INSERT INTO cases VALUES ('00000000000000bb', 2, 'front', '00000000000000b1', 'b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0', 'open', NULL, NULL, NULL, NULL, NULL);
INSERT INTO ledger VALUES (1, 1789999900000, 'notice', '', '{"detail":"0.1.0","left_out":0,"notice":"started","station":null}', '0000000000000000000000000000000000000000000000000000000000000000', '0393051bc0b8c75344b392caa719cb1b5c7fe364f4951c6fa2ed4f4acfcfec15');
INSERT INTO ledger VALUES (2, 1789999920000, 'outcome', '00000000000000aa', '{"clock":"unchecked","outcome":"sealed","pictures":["abababababababababababababababababababababababababababababababab"],"reason":null,"station":"marriage","unreleased":true,"vehicle":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","view":"front"}', '0393051bc0b8c75344b392caa719cb1b5c7fe364f4951c6fa2ed4f4acfcfec15', 'd699858fe5880ef504546401fce5ae8a32a7c45656d2d51e2f1f93869ab6db85');
INSERT INTO ledger VALUES (3, 1789999930000, 'delivery', '00000000000000aa', '{"objects":["abababababababababababababababababababababababababababababababab"],"reason":null,"result":"delivered","revision":1}', 'd699858fe5880ef504546401fce5ae8a32a7c45656d2d51e2f1f93869ab6db85', '0d50c934660d35ed367e400b7c410b264d56839aa104042287927ae99638f6f5');
INSERT INTO salts VALUES ('00000000000000aa', x'01010101010101010101010101010101');
INSERT INTO salts VALUES ('00000000000000bb', x'02020202020202020202020202020202');
INSERT INTO outbox VALUES (7, 'lineshot/site/pc-01/outcome', x'7b7d');
INSERT INTO numbers VALUES ('state', 41);
INSERT INTO numbers VALUES ('ledger_checkpoint', 1);
PRAGMA user_version = 1;
