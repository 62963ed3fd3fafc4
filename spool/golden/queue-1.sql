-- A queue as the first uploader left it: one view delivered, its record told three times.
CREATE TABLE queue (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival in ready/
    case_id  TEXT NOT NULL UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try INTEGER NOT NULL DEFAULT 0           -- Unix milliseconds
);
CREATE TABLE results (                            -- committed, not yet carried out
    case_id TEXT PRIMARY KEY,
    receipt TEXT NOT NULL,                        -- JSON, as it will be written
    keep    INTEGER NOT NULL                      -- 1: the parcel goes to failed/, 0: it goes away
);
CREATE TABLE views (
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    view       TEXT NOT NULL,
    facts      TEXT NOT NULL,                     -- JSON
    PRIMARY KEY (unreleased, album, station, view)
);
CREATE TABLE records (
    unreleased INTEGER NOT NULL,
    album      TEXT NOT NULL,
    station    TEXT NOT NULL,
    revision   INTEGER NOT NULL,                  -- the last one given out
    PRIMARY KEY (unreleased, album, station)
);
CREATE TABLE states (pin TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO views VALUES (1, '00112233445566778899aabbccddeeff', 'marriage', 'front', '{"parcel":{"schema":"lineshot/parcel/1","case":"0123456789abcdef","id":"fedcba9876543210","album":"00112233445566778899aabbccddeeff","station":{"id":"marriage","name":{"de":"Hochzeit","en":"The marriage: body meets powertrain"}},"view":"front","agent":{"site":"zuffenhausen","name":"line1-pc07"},"outcome":"sealed","arrived":"2026-11-23T09:00:00.000Z","taken":{"from":"2026-11-23T09:00:01.500Z","to":"2026-11-23T09:00:01.900Z"},"unreleased":true,"simulated":false,"clock":"unchecked","release":"r-0001","pictures":[{"file":"full.jpg","width":640,"height":360,"bytes":61234,"sha256":"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"},{"file":"480.jpg","width":480,"height":270,"bytes":31234,"sha256":"ed968e840d10d2d313a870bc131a4e2c311d7ad09bdf32b3418147221f51a6e2"}],"cover":{"frame":[1280,720],"show":[[[0.05,0.1],[0.95,0.1],[0.95,0.95],[0.05,0.95]]],"mask":[{"name":"robot controller","polygon":[[0.1,0.2],[0.3,0.2],[0.3,0.55]]}],"crop":[320,180,640,360]}}}');
INSERT INTO records VALUES (1, '00112233445566778899aabbccddeeff', 'marriage', 3);
PRAGMA user_version = 1;
