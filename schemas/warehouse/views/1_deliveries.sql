CREATE OR REPLACE VIEW deliveries AS
SELECT event_id, alert_id, alert_event_id, alert_event_type, channel, attempt, state, reason, happened_at, simulation
FROM deliveries_rows FINAL
COMMENT 'The publication record, one row per attempt: sent, failed, acknowledged. attempt counts from 1; happened_at is UTC.';
