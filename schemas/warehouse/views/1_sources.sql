CREATE OR REPLACE VIEW sources AS
SELECT source_id, read_up_to, lag_s, observed_at, simulation
FROM source_watermarks_rows FINAL
WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)
-- Of several watermarks the one that allows the furthest judgement stands, as it does in the tracker.
ORDER BY read_up_to - toIntervalSecond(lag_s) DESC, read_up_to DESC, observed_at DESC, event_id DESC
LIMIT 1 BY simulation, source_id
COMMENT 'How far every source has been read completely: read_up_to (UTC), the delay the source itself declares (lag_s, seconds), and when that was seen (observed_at, UTC).';
