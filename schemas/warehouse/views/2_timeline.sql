CREATE OR REPLACE VIEW timeline AS
SELECT subject AS obligation_id, happened_at, 'fact' AS kind_of_entry, type, event_id, source, body, simulation
FROM events
WHERE family NOT IN ('sources', 'clock', 'budget')
UNION ALL
SELECT obligation_id, happened_at, 'deadline' AS kind_of_entry, JSONExtractString(body, 'type') AS type, event_id, source, body, simulation
FROM deadline_events_rows FINAL
COMMENT 'Everything recorded about an obligation, one row per fact and per deadline event; body is the whole event as JSON, happened_at is UTC. Order by happened_at.';
