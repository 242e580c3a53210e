CREATE OR REPLACE VIEW refused_contents AS
SELECT DISTINCT toUUIDOrZero(refused_id) AS event_id, refused_sha256 AS sha256
FROM dead_letters_rows FINAL
WHERE refused_sha256 != ''
COMMENT 'Contents that lie in a log under an id that stood for another content before: the first stands, these are shown nowhere but among the dead letters. sha256 is the hex digest of the content.';
