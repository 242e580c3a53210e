CREATE OR REPLACE VIEW finding_events AS
SELECT event_id, finding_id, code, severity, source_id, params, state, revision, happened_at, simulation
FROM finding_events_rows FINAL
COMMENT 'Every fault of a source or record as it was raised or cleared, one row per event. params is a JSON object of strings; happened_at is UTC.';
