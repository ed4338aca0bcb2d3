"""The catalog's tables, as the steps that led to them: step n brings schema n - 1 to n. None is ever edited.

Times are Unix microseconds (`_us`), 0 where something has not happened. Rationals are "num/den" text.
"""

from __future__ import annotations

_FIRST = (
    """CREATE TABLE schema_version (version INTEGER NOT NULL, applied_us BIGINT NOT NULL)""",
    """CREATE TABLE asset (
        id VARCHAR PRIMARY KEY, title VARCHAR NOT NULL, owner VARCHAR NOT NULL, policy VARCHAR NOT NULL,
        state VARCHAR NOT NULL, reason VARCHAR NOT NULL,
        tags VARCHAR[] NOT NULL DEFAULT [], visibility VARCHAR NOT NULL DEFAULT 'public',
        version VARCHAR NOT NULL DEFAULT '', playlist VARCHAR NOT NULL DEFAULT '',
        ladder_hash VARCHAR NOT NULL DEFAULT '', duration_us BIGINT NOT NULL DEFAULT 0,
        created_us BIGINT NOT NULL, updated_us BIGINT NOT NULL)""",
    # One for each asset; from `container` on NULL until it is probed. `info` is the whole MediaInfo as JSON.
    """CREATE TABLE source (
        asset_id VARCHAR PRIMARY KEY, uri VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
        size_bytes BIGINT NOT NULL, container VARCHAR, duration_us BIGINT, prober VARCHAR, info VARCHAR)""",
    """CREATE TABLE track (
        asset_id VARCHAR NOT NULL, track INTEGER NOT NULL, kind VARCHAR NOT NULL, codec VARCHAR NOT NULL,
        profile VARCHAR, language VARCHAR, title VARCHAR, disposition VARCHAR[],
        width INTEGER, height INTEGER, sample_aspect VARCHAR, rotation INTEGER, mirrored BOOLEAN,
        pixel_format VARCHAR, bit_depth INTEGER,
        colour STRUCT("range" VARCHAR, primaries VARCHAR, transfer VARCHAR, matrix VARCHAR,
                      mastering_display VARCHAR, content_light VARCHAR),
        hdr VARCHAR, interlaced BOOLEAN, frame_rate VARCHAR, constant_rate BOOLEAN, time_base VARCHAR,
        start_pts BIGINT, frames BIGINT, keyframe_max_us BIGINT,
        sample_rate INTEGER, channels INTEGER, layout VARCHAR, start_us BIGINT,
        duration_us BIGINT, bitrate_bps BIGINT, text BOOLEAN, path VARCHAR)""",
    # `ladder` is the whole Ladder as canonical JSON: what `rungs` and `audio` leave out is in it.
    """CREATE TABLE ladder (
        asset_id VARCHAR NOT NULL, job_id VARCHAR NOT NULL, hash VARCHAR NOT NULL, planner VARCHAR NOT NULL,
        segment_us BIGINT NOT NULL, idr_us BIGINT NOT NULL,
        rungs STRUCT(codec VARCHAR, width INTEGER, height INTEGER, frame_rate VARCHAR, crf DOUBLE,
                     ceiling_bps BIGINT, preset VARCHAR, dynamic_range VARCHAR, bit_depth INTEGER,
                     threads INTEGER)[] NOT NULL,
        audio STRUCT(codec VARCHAR, channels INTEGER, bitrate_bps BIGINT, sample_rate INTEGER)[] NOT NULL,
        segments INTEGER NOT NULL, chunks INTEGER NOT NULL, objects INTEGER NOT NULL,
        reused INTEGER NOT NULL, duration_us BIGINT NOT NULL, planned_us BIGINT NOT NULL,
        ladder VARCHAR NOT NULL)""",
    # `key` is the content address of the object that a segment is in; `duration_ticks` are exact.
    """CREATE TABLE rendition (
        asset_id VARCHAR NOT NULL, version VARCHAR NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL,
        track INTEGER NOT NULL, language VARCHAR NOT NULL, title VARCHAR NOT NULL, codecs VARCHAR NOT NULL,
        width INTEGER, height INTEGER, frame_rate VARCHAR, dynamic_range VARCHAR, crf DOUBLE, preset VARCHAR,
        ceiling_bps BIGINT, channels INTEGER, timescale INTEGER NOT NULL, init_sha256 VARCHAR NOT NULL,
        size_bytes BIGINT NOT NULL, duration_us BIGINT NOT NULL,
        segments STRUCT("index" INTEGER, key VARCHAR, "offset" BIGINT, size_bytes BIGINT,
                        duration_ticks BIGINT, duration_us BIGINT, frames INTEGER)[] NOT NULL)""",
    """CREATE TABLE version (
        asset_id VARCHAR NOT NULL, version VARCHAR NOT NULL, current BOOLEAN NOT NULL,
        published_us BIGINT NOT NULL, retired_us BIGINT NOT NULL, playlist VARCHAR NOT NULL,
        url VARCHAR NOT NULL, ladder_hash VARCHAR NOT NULL, renditions INTEGER NOT NULL,
        size_bytes BIGINT NOT NULL, duration_us BIGINT NOT NULL, PRIMARY KEY (asset_id, version))""",
    """CREATE TABLE verdict (
        asset_id VARCHAR NOT NULL, job_id VARCHAR NOT NULL, moderator VARCHAR NOT NULL,
        decision VARCHAR NOT NULL, reason VARCHAR NOT NULL,
        spans STRUCT(start_us BIGINT, end_us BIGINT, score DOUBLE, label VARCHAR)[] NOT NULL,
        given_us BIGINT NOT NULL)""",
    # state: working, published, held, refused, failed, interrupted, superseded (by a later job of the asset).
    """CREATE TABLE job (
        id VARCHAR PRIMARY KEY, asset_id VARCHAR NOT NULL, state VARCHAR NOT NULL, policy VARCHAR NOT NULL,
        ladder_hash VARCHAR NOT NULL, started_us BIGINT NOT NULL, ended_us BIGINT NOT NULL,
        error_code VARCHAR NOT NULL, error_message VARCHAR NOT NULL)""",
    """CREATE TABLE attempt (
        asset_id VARCHAR NOT NULL, job_id VARCHAR NOT NULL, keys VARCHAR[] NOT NULL, tool VARCHAR NOT NULL,
        command VARCHAR NOT NULL, outcome VARCHAR NOT NULL, started_us BIGINT NOT NULL,
        wall_us BIGINT NOT NULL, cpu_us BIGINT NOT NULL, tail VARCHAR NOT NULL)""",
    """CREATE TABLE chunk (
        asset_id VARCHAR NOT NULL, job_id VARCHAR NOT NULL, rendition VARCHAR NOT NULL,
        chunk INTEGER NOT NULL, key VARCHAR NOT NULL, size_bytes BIGINT NOT NULL, frames INTEGER NOT NULL,
        cpu_us BIGINT NOT NULL, wall_us BIGINT NOT NULL, tool VARCHAR NOT NULL)""",
    """CREATE SEQUENCE event_id""",
    """CREATE TABLE event (
        id BIGINT NOT NULL DEFAULT nextval('event_id'), at_us BIGINT NOT NULL, asset_id VARCHAR NOT NULL,
        job_id VARCHAR NOT NULL, name VARCHAR NOT NULL, event VARCHAR NOT NULL)""",
)

_RATES_AND_MEASUREMENTS = (
    # True rates of the bytes: over the whole rendition, and of its fastest segment.
    """ALTER TABLE rendition ADD COLUMN average_bps BIGINT""",
    """ALTER TABLE rendition ADD COLUMN peak_bps BIGINT""",
    """UPDATE rendition SET
        average_bps = list_sum([s.size_bytes FOR s IN segments]) * 8 * timescale
            // nullif(list_sum([s.duration_ticks FOR s IN segments]), 0),
        peak_bps = list_max(
            [s.size_bytes * 8 * timescale // nullif(s.duration_ticks, 0) FOR s IN segments])""",
    """CREATE TABLE measurement (
        asset_id VARCHAR NOT NULL, version VARCHAR NOT NULL, rendition VARCHAR NOT NULL,
        metric VARCHAR NOT NULL, model VARCHAR NOT NULL, meter VARCHAR NOT NULL, frames INTEGER NOT NULL,
        mean DOUBLE NOT NULL, harmonic_mean DOUBLE NOT NULL, per_frame DOUBLE[] NOT NULL,
        measured_us BIGINT NOT NULL)""",
)

_SERVER = (
    # What people say of an asset; `custom` is a JSON object.
    """ALTER TABLE asset ADD COLUMN description VARCHAR DEFAULT ''""",
    """ALTER TABLE asset ADD COLUMN category VARCHAR DEFAULT ''""",
    """ALTER TABLE asset ADD COLUMN language VARCHAR DEFAULT ''""",
    """ALTER TABLE asset ADD COLUMN custom VARCHAR DEFAULT '{}'""",
    """ALTER TABLE asset ADD COLUMN height INTEGER DEFAULT 0""",
    # A person's decision, and what the names of versions end in.
    """ALTER TABLE asset ADD COLUMN decision VARCHAR DEFAULT ''""",
    """ALTER TABLE asset ADD COLUMN rotation VARCHAR DEFAULT ''""",
    """UPDATE asset SET height = coalesce((SELECT max(height) FROM rendition
        WHERE rendition.asset_id = asset.id AND rendition.version = asset.version), 0)""",
    # A server's jobs: what was asked for (JSON), by whom, what became of it. state: also queued, cancelled.
    """ALTER TABLE job ADD COLUMN request VARCHAR DEFAULT ''""",
    """ALTER TABLE job ADD COLUMN owner VARCHAR DEFAULT ''""",
    """ALTER TABLE job ADD COLUMN priority INTEGER DEFAULT 0""",
    """ALTER TABLE job ADD COLUMN queued_us BIGINT DEFAULT 0""",
    """ALTER TABLE job ADD COLUMN tries INTEGER DEFAULT 0""",
    """ALTER TABLE job ADD COLUMN progress DOUBLE DEFAULT 0""",
    """CREATE TABLE playback_record (
        asset_id VARCHAR NOT NULL, version VARCHAR NOT NULL, session VARCHAR NOT NULL, at_us BIGINT NOT NULL,
        startup_us BIGINT, watched_us BIGINT NOT NULL, stalls INTEGER NOT NULL, stalled_us BIGINT NOT NULL,
        switches INTEGER NOT NULL, throughput_bps BIGINT, dropped_frames INTEGER,
        rungs STRUCT(rendition VARCHAR, watched_us BIGINT)[] NOT NULL, ended BOOLEAN NOT NULL,
        player VARCHAR NOT NULL, error VARCHAR NOT NULL)""",
)

_STUDIES = (
    """ALTER TABLE measurement ADD COLUMN p1 DOUBLE""",
    """ALTER TABLE measurement ADD COLUMN p5 DOUBLE""",
    """ALTER TABLE measurement ADD COLUMN every INTEGER DEFAULT 1""",
    # What studies tried, by source: a rung over some chunks of it. `rung` is the whole Rung as JSON.
    """CREATE TABLE trial (
        key VARCHAR PRIMARY KEY, source_sha256 VARCHAR NOT NULL, purpose VARCHAR NOT NULL,
        codec VARCHAR NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, frame_rate VARCHAR,
        crf DOUBLE NOT NULL, ceiling_bps BIGINT NOT NULL, preset VARCHAR NOT NULL,
        spans STRUCT("first" INTEGER, "last" INTEGER)[] NOT NULL, chunk_keys VARCHAR[] NOT NULL,
        score_keys VARCHAR[] NOT NULL,
        frames INTEGER NOT NULL, duration_us BIGINT NOT NULL, size_bytes BIGINT NOT NULL,
        average_bps BIGINT NOT NULL, peak_bps BIGINT NOT NULL, encode_cpu_us BIGINT NOT NULL,
        encode_wall_us BIGINT NOT NULL, measure_wall_us BIGINT NOT NULL,
        metric VARCHAR NOT NULL, model VARCHAR NOT NULL, meter VARCHAR NOT NULL, every INTEGER NOT NULL,
        mean DOUBLE NOT NULL, harmonic_mean DOUBLE NOT NULL, p1 DOUBLE NOT NULL, p5 DOUBLE NOT NULL,
        per_frame DOUBLE[] NOT NULL, rung VARCHAR NOT NULL, tried_us BIGINT NOT NULL)""",
    # How studies ended: a ladder, and what each of its rungs was predicted to be. `ladder` is JSON.
    """CREATE TABLE study (
        source_sha256 VARCHAR NOT NULL, ladder_hash VARCHAR NOT NULL, policy VARCHAR NOT NULL,
        metric VARCHAR NOT NULL, model VARCHAR NOT NULL, probes INTEGER NOT NULL, against VARCHAR NOT NULL,
        bd_rate DOUBLE, ladder VARCHAR NOT NULL, ended_us BIGINT NOT NULL,
        PRIMARY KEY (source_sha256, ladder_hash))""",
    """CREATE TABLE prediction (
        source_sha256 VARCHAR NOT NULL, ladder_hash VARCHAR NOT NULL, rendition VARCHAR NOT NULL,
        codec VARCHAR NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, crf DOUBLE NOT NULL,
        predicted_bps BIGINT NOT NULL, predicted_score DOUBLE NOT NULL,
        verified_bps BIGINT, verified_score DOUBLE)""",
    """CREATE VIEW predicted_and_delivered AS
        SELECT v.asset_id, v.version, p.rendition, p.codec, p.width, p.height, p.crf, s.metric, s.model,
            p.predicted_bps, p.predicted_score, p.verified_bps, p.verified_score,
            r.average_bps AS delivered_bps, m.mean AS delivered_score
        FROM prediction p
        JOIN study s USING (source_sha256, ladder_hash)
        JOIN source o ON o.sha256 = p.source_sha256
        JOIN version v ON v.asset_id = o.asset_id AND v.ladder_hash = p.ladder_hash AND v.current
        JOIN rendition r ON r.asset_id = v.asset_id AND r.version = v.version AND r.name = p.rendition
        LEFT JOIN measurement m ON m.asset_id = v.asset_id AND m.version = v.version
            AND m.rendition = p.rendition AND m.metric = s.metric AND m.model = s.model""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _RATES_AND_MEASUREMENTS, _SERVER, _STUDIES)
SCHEMA = len(MIGRATIONS)
"""The schema that this codek7 reads and writes."""

TABLES_OF_AN_ASSET = (
    "source", "track", "ladder", "rendition", "version", "verdict", "job", "attempt", "chunk", "event",
    "measurement", "playback_record",
)  # fmt: skip
"""Every table with an `asset_id`; removing an asset empties its rows in all of them."""

TABLES_OF_A_SOURCE = ("trial", "study", "prediction")
"""Every table with a `source_sha256`: emptied with the last asset of that source."""
