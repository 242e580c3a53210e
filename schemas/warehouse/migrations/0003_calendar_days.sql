-- Days as the calendars of this release have them, so that views can count working days. Reference data: written by
-- whoever migrates, from schemas/jurisdictions; of two copies of a day the one written last stands.

CREATE TABLE IF NOT EXISTS calendar_days_rows
(
    calendar LowCardinality(String),
    day Date32,
    working Bool,
    name String
)
ENGINE = ReplacingMergeTree
ORDER BY (calendar, day)
COMMENT 'Every day a calendar covers: whether it counts, and why not (a holiday by its name, weekend, not_sitting).';
