-- The record of a fleet. Applied as often as wanted: what is there stays.
-- Only mats are named here. Names of persons, answers about health, check-ins and notes are never stored.

CREATE SCHEMA IF NOT EXISTS acumat;

-- The inventory: one row a mat. The collector adds a mat that it hears of first.
CREATE TABLE IF NOT EXISTS acumat.mat (
    mat_id text PRIMARY KEY,
    site text NOT NULL DEFAULT '',
    label text NOT NULL DEFAULT '',
    timezone text NOT NULL DEFAULT 'UTC',      -- days of the views are this zone's
    added_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    inventory jsonb NOT NULL DEFAULT '{}'      -- layout and whatever else the fleet notes of a mat
);

-- Every event of every mat, once. `number` counts within `incarnation`, both from the event's id "<incarnation>-<number>".
CREATE TABLE IF NOT EXISTS acumat.event (
    at timestamptz NOT NULL,                   -- the mat's clock
    mat_id text NOT NULL,
    id text NOT NULL,
    number bigint NOT NULL,
    event_type text NOT NULL,
    document jsonb NOT NULL,                   -- as published, less what is personal
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (at, mat_id, id)
) PARTITION BY RANGE (at);
CREATE INDEX IF NOT EXISTS event_of_mat ON acumat.event (mat_id, at DESC);
CREATE INDEX IF NOT EXISTS event_session ON acumat.event (mat_id, at) WHERE event_type = 'session_ended';
-- A clock that is not set says 1970 or 2038. The months between are partitions of their own, made by the collector.
CREATE TABLE IF NOT EXISTS acumat.event_before PARTITION OF acumat.event
    FOR VALUES FROM (MINVALUE) TO ('2020-01-01T00:00:00Z');
CREATE TABLE IF NOT EXISTS acumat.event_beyond PARTITION OF acumat.event
    FOR VALUES FROM ('2038-01-01T00:00:00Z') TO (MAXVALUE);

-- What was heard of a mat last. `state` holds its documents by topic: {"state": {...}, "health": {...}, "about": {"version": ...}}.
CREATE TABLE IF NOT EXISTS acumat.seen (
    mat_id text PRIMARY KEY,
    seen_at timestamptz,                       -- when the mat itself last published; null while only its retained past is known
    availability text,                         -- 'online' or 'offline'; stays 'online' where a broker's node died
    state jsonb NOT NULL DEFAULT '{}',
    updated timestamptz NOT NULL DEFAULT now()
);

-- Which numbers have come, by mat and incarnation: this makes an event come in once, whatever its `at` is by then, and shows
-- what is missing. A mat begins a new incarnation, with number 1, when its history is replaced.
CREATE TABLE IF NOT EXISTS acumat.numbering (
    mat_id text NOT NULL,
    incarnation text NOT NULL,
    received int8multirange NOT NULL DEFAULT '{}',
    lost int8multirange NOT NULL DEFAULT '{}', -- the mat says that it no longer has them
    known_last bigint NOT NULL DEFAULT 0,      -- the highest number that the mat says it has given
    missing int8multirange NOT NULL GENERATED ALWAYS AS (
        int8multirange(int8range(1, greatest(coalesce(upper(received), 1), known_last + 1))) - received - lost
    ) STORED,
    missing_since timestamptz,                 -- of the oldest number that is missing now; null where none is
    asked int8range,                           -- what the mat was last asked for
    asked_at timestamptz,
    times_asked integer NOT NULL DEFAULT 0,    -- since anything came of it
    given_up_at timestamptz,                   -- when numbers were last added to `lost`
    updated timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (mat_id, incarnation)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS numbering_missing ON acumat.numbering (missing_since) WHERE missing_since IS NOT NULL;

-- When each mat was last asked which events it has.
CREATE TABLE IF NOT EXISTS acumat.audit (
    mat_id text PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz
);

-- Messages that are no event of a mat. The same message again only counts.
CREATE TABLE IF NOT EXISTS acumat.set_aside (
    topic text NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    payload bytea NOT NULL,                    -- its beginning
    size_bytes bigint NOT NULL,
    times bigint NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, digest)
);
CREATE INDEX IF NOT EXISTS set_aside_last ON acumat.set_aside (last_at);

-- One row a collector: `acumat collect --check` reads it.
CREATE TABLE IF NOT EXISTS acumat.collector (
    name text PRIMARY KEY,
    transport text NOT NULL,
    started_at timestamptz NOT NULL,
    committed_at timestamptz NOT NULL,         -- its last commit
    events bigint NOT NULL DEFAULT 0,          -- stored since it started
    repeated bigint NOT NULL DEFAULT 0,        -- of them known before
    set_aside bigint NOT NULL DEFAULT 0,
    waiting bigint                             -- messages that the engine still holds for it, where the engine says so
);

-- For the fleet's page: which mats were used lately, when each was calibrated and what their machines had, without the events around.
CREATE INDEX IF NOT EXISTS event_session_at ON acumat.event (at, mat_id) WHERE event_type = 'session_ended';
CREATE INDEX IF NOT EXISTS event_calibrated ON acumat.event (mat_id, at) WHERE event_type = 'calibration_done';
CREATE INDEX IF NOT EXISTS event_machine ON acumat.event (mat_id, at) WHERE event_type IN (
    'sensor_failed', 'sensor_recovered', 'blind_started', 'blind_ended', 'tare_done',
    'calibration_done', 'calibration_failed', 'recalibration_advised', 'gap');

-- What `acumat collect --provision` has made, by kind: without it no mat should get credentials.
CREATE TABLE IF NOT EXISTS acumat.provision (
    kind text PRIMARY KEY,                     -- 'mqtt' or 'nats'
    at timestamptz NOT NULL DEFAULT now(),
    detail jsonb NOT NULL
);
