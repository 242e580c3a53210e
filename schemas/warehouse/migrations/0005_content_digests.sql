-- One id, one content. What follows from a message is kept under the digest of its content too, so a message that uses an
-- id again for something else overwrites nothing; its dead letter names it, and the views leave it out.

ALTER TABLE dead_letters_rows
    ADD COLUMN IF NOT EXISTS refused_id String AFTER truncated,
    ADD COLUMN IF NOT EXISTS refused_sha256 String AFTER refused_id;

-- A key grows by new columns only. Rows from before get theirs from the archive, under the new key, and then the old ones
-- go; each step may be repeated.
ALTER TABLE source_watermarks_rows
    ADD COLUMN IF NOT EXISTS sha256 String AFTER event_id,
    MODIFY ORDER BY (bucket, source_id, event_id, sha256);

INSERT INTO source_watermarks_rows
SELECT w.* REPLACE (e.sha256 AS sha256)
FROM source_watermarks_rows AS w FINAL
INNER JOIN events_rows AS e FINAL ON e.event_id = w.event_id AND e.observed_at = w.observed_at
WHERE w.sha256 = '' AND e.family = 'sources';

ALTER TABLE source_watermarks_rows
    DELETE WHERE sha256 = '' AND event_id IN (SELECT event_id FROM source_watermarks_rows WHERE sha256 != '')
    SETTINGS mutations_sync = 2;

ALTER TABLE budget_statements_rows
    ADD COLUMN IF NOT EXISTS sha256 String AFTER event_id,
    MODIFY ORDER BY (bucket, line_id, period_end, event_id, sha256);

INSERT INTO budget_statements_rows
SELECT s.* REPLACE (e.sha256 AS sha256)
FROM budget_statements_rows AS s FINAL
INNER JOIN events_rows AS e FINAL ON e.event_id = s.event_id AND e.observed_at = s.observed_at
WHERE s.sha256 = '' AND e.family = 'budget';

ALTER TABLE budget_statements_rows
    DELETE WHERE sha256 = '' AND event_id IN (SELECT event_id FROM budget_statements_rows WHERE sha256 != '')
    SETTINGS mutations_sync = 2;

ALTER TABLE budget_periods_rows
    ADD COLUMN IF NOT EXISTS sha256 String AFTER event_id,
    MODIFY ORDER BY (bucket, jurisdiction, level, classification, region, period_end, event_id, sha256);

INSERT INTO budget_periods_rows
SELECT p.* REPLACE (e.sha256 AS sha256)
FROM budget_periods_rows AS p FINAL
INNER JOIN events_rows AS e FINAL ON e.event_id = p.event_id AND e.observed_at = p.observed_at
WHERE p.sha256 = '' AND e.family = 'budget';

ALTER TABLE budget_periods_rows
    DELETE WHERE sha256 = '' AND event_id IN (SELECT event_id FROM budget_periods_rows WHERE sha256 != '')
    SETTINGS mutations_sync = 2;

ALTER TABLE budget_transactions_rows
    ADD COLUMN IF NOT EXISTS sha256 String AFTER event_id,
    MODIFY ORDER BY (bucket, line_id, happened_on, event_id, sha256);

INSERT INTO budget_transactions_rows
SELECT t.* REPLACE (e.sha256 AS sha256)
FROM budget_transactions_rows AS t FINAL
INNER JOIN events_rows AS e FINAL ON e.event_id = t.event_id AND e.observed_at = t.observed_at
WHERE t.sha256 = '' AND e.family = 'budget';

ALTER TABLE budget_transactions_rows
    DELETE WHERE sha256 = '' AND event_id IN (SELECT event_id FROM budget_transactions_rows WHERE sha256 != '')
    SETTINGS mutations_sync = 2;
