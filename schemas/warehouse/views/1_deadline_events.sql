CREATE OR REPLACE VIEW deadline_events AS
SELECT event_id, type, obligation_id, kind, owed_by, rule_id, rule_version, due_on, due_at, because_of, detail, happened_at, simulation
FROM deadline_events_rows FINAL
COMMENT 'What became of every deadline, one row per event: set, moved, due_soon, due, missed, met, withdrawn. detail is a JSON object; happened_at is UTC.';
