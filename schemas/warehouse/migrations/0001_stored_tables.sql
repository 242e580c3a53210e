-- The stored tables. Rules they all follow:
--   * ReplacingMergeTree: copies of a row (redelivery, replay) become one; readers use the views, which read FINAL.
--   * bucket, a number that follows from the subject and never changes, splits the table and comes first in the key: copies
--     of a row always meet, and FINAL works on each part of the table alone. 4 partitions, not one per bucket: an insert
--     writes a file set for each, and a trickle of small inserts should not cost more than it must.
--   * the key ends in a deterministic id; no column holds an offset or a time of reading.
--   * '' means "none" in text columns; the simulation '' is the real world.
-- Columns must equal the models in schemas/rows/tables.py; a test compares them.

CREATE TABLE IF NOT EXISTS events_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    type LowCardinality(String),
    family LowCardinality(String),
    source LowCardinality(String),
    subject String,
    happened_at DateTime64(3, 'UTC'),
    observed_at DateTime64(3, 'UTC'),
    sha256 String,
    body String CODEC(ZSTD(3)),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
-- With the digest in the key, other content under a used id never overwrites what was there.
ORDER BY (bucket, subject, event_id, sha256)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every accepted message of the input topics, verbatim; one row per event and content.';

CREATE TABLE IF NOT EXISTS ticks_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    subject String,
    at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, subject, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Ticks of the clocks: the instants up to which the logs were judged.';

CREATE TABLE IF NOT EXISTS source_watermarks_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    source_id String,
    read_up_to DateTime64(3, 'UTC'),
    lag_s UInt32,
    observed_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, source_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Watermarks: a source was read completely up to an instant; its declared lag in seconds.';

CREATE TABLE IF NOT EXISTS budget_statements_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    line_id String,
    jurisdiction LowCardinality(String),
    level LowCardinality(String),
    classification LowCardinality(String),
    region LowCardinality(String),
    code String,
    name String,
    fiscal_year UInt32,
    period_end Date32,
    unit LowCardinality(String),
    is_total Bool,
    approved Decimal(38, 6),
    specified Decimal(38, 6),
    adjusted Decimal(38, 6),
    period_plan_payments Decimal(38, 6),
    period_plan_obligations Decimal(38, 6),
    paid Decimal(38, 6),
    obligations_taken Decimal(38, 6),
    observed_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, line_id, period_end, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Budget statements, every revision: cumulative from 1 January to period_end, in the unit named.';

CREATE TABLE IF NOT EXISTS obligations_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    obligation_id String,
    kind LowCardinality(String),
    jurisdiction LowCardinality(String),
    rule_id LowCardinality(String),
    rule_version UInt32,
    force LowCardinality(String),
    confidence LowCardinality(String),
    source_id LowCardinality(String),
    owed_by LowCardinality(String),
    owed_by_name LowCardinality(String),
    owed_to LowCardinality(String),
    title String,
    reference String,
    region LowCardinality(String),
    url String,
    period LowCardinality(String),
    filed_on Date32,
    basis_on Nullable(Date32),
    due_on Nullable(Date32),
    due_at Nullable(DateTime64(3, 'UTC')),
    closed_on Nullable(Date32),
    holding_answered_on Nullable(Date32),
    delay_days Nullable(UInt32),
    lifecycle LowCardinality(String),
    timeliness LowCardinality(String),
    claim LowCardinality(String),
    withheld_reason LowCardinality(String),
    extended Bool,
    paused Bool,
    transferred Bool,
    facts UInt32,
    spans String CODEC(ZSTD(3)),
    trace String CODEC(ZSTD(3)),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY bucket % 4
ORDER BY (bucket, obligation_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'The latest snapshot of every obligation: the copy with the highest snapshot version.';

CREATE TABLE IF NOT EXISTS deadline_events_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    type LowCardinality(String),
    obligation_id String,
    kind LowCardinality(String),
    owed_by LowCardinality(String),
    rule_id LowCardinality(String),
    rule_version UInt32,
    due_on Date32,
    due_at DateTime64(3, 'UTC'),
    because_of UUID,
    detail String,
    source LowCardinality(String),
    happened_at DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(3)),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, obligation_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What became of every deadline: set, moved, due_soon, due, missed, met, withdrawn.';

CREATE TABLE IF NOT EXISTS alert_events_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    alert_id UUID,
    state LowCardinality(String),
    severity LowCardinality(String),
    obligation_id String,
    kind LowCardinality(String),
    owed_by LowCardinality(String),
    owed_by_name LowCardinality(String),
    title String,
    rule_id LowCardinality(String),
    due_on Date32,
    due_at DateTime64(3, 'UTC'),
    backfill Bool,
    reason LowCardinality(String),
    happened_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, alert_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every step in the life of every alert: raised, escalated, cleared.';

CREATE TABLE IF NOT EXISTS deliveries_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    alert_id UUID,
    alert_event_id UUID,
    alert_event_type LowCardinality(String),
    channel LowCardinality(String),
    attempt UInt32,
    state LowCardinality(String),
    reason LowCardinality(String),
    happened_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, alert_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'The publication record: every attempt to hand an alert to a channel.';

CREATE TABLE IF NOT EXISTS finding_events_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    finding_id String,
    code LowCardinality(String),
    severity LowCardinality(String),
    source_id LowCardinality(String),
    params String,
    state LowCardinality(String),
    happened_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, finding_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Faults of sources and records: raised, cleared.';

CREATE TABLE IF NOT EXISTS dead_letters_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    code LowCardinality(String),
    reason String,
    origin String,
    field String,
    code_version LowCardinality(String),
    sha256 String,
    size_bytes UInt64,
    original String CODEC(ZSTD(3)),
    truncated Bool,
    kept_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every rejected input with its first 256 KiB in base64.';
