CREATE OR REPLACE VIEW events AS
SELECT bucket, event_id, type, family, source, subject, happened_at, observed_at, simulation, sha256, body
FROM events_rows FINAL
COMMENT 'Every accepted message of the input topics, verbatim; one row per event. Instants in UTC; sha256 is the hex digest of the content.';
