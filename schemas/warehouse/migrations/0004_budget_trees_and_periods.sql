-- Lines of trees are identified by the names from the root down (path, a JSON array; '' for other lines; depth counts them).
-- A period is compared with others only once its source has published it whole; transactions stand beside statements.

ALTER TABLE budget_statements_rows
    ADD COLUMN IF NOT EXISTS path String CODEC(ZSTD(3)) AFTER name,
    ADD COLUMN IF NOT EXISTS depth UInt32 AFTER path;

-- Several things may be said about one finding at one instant, as when a file of many months is read: this is their order.
ALTER TABLE finding_events_rows
    ADD COLUMN IF NOT EXISTS revision UInt32 AFTER state;

CREATE TABLE IF NOT EXISTS budget_periods_rows
(
    bucket UInt8,
    simulation LowCardinality(String),
    event_id UUID,
    jurisdiction LowCardinality(String),
    level LowCardinality(String),
    classification LowCardinality(String),
    region LowCardinality(String),
    fiscal_year UInt32,
    period_end Date32,
    lines UInt32,
    source LowCardinality(String),
    observed_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, jurisdiction, level, classification, region, period_end, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Periods of budget tables that their source published whole, every publication.';

CREATE TABLE IF NOT EXISTS budget_transactions_rows
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
    kind LowCardinality(String),
    happened_on Date32,
    amount Decimal(38, 6),
    unit LowCardinality(String),
    reference String,
    observed_at DateTime64(3, 'UTC'),
    row_version UInt64
)
ENGINE = ReplacingMergeTree(row_version)
PARTITION BY bucket % 4
ORDER BY (bucket, line_id, happened_on, event_id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Single acts on budget lines, in the unit named: approved and amended appropriations, payments.';
