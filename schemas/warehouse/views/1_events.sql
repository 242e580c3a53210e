CREATE OR REPLACE VIEW events AS
SELECT bucket, event_id, type, family, source, subject, happened_at, observed_at, simulation, sha256, body
FROM events_rows FINAL
WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)
COMMENT 'Every accepted message of the input topics, verbatim; one row per event; a content that was refused because its id stood for another is not among them. Instants in UTC; sha256 is the hex digest of the content.';
