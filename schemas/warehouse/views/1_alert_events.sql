CREATE OR REPLACE VIEW alert_events AS
SELECT
    event_id, alert_id, state, severity, obligation_id, kind, owed_by, owed_by_name, title,
    rule_id, due_on, due_at, backfill, reason, happened_at, simulation
FROM alert_events_rows FINAL
COMMENT 'Every step in the life of every alert, one row per event: raised, escalated, cleared. happened_at is UTC.';
