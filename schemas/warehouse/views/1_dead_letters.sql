CREATE OR REPLACE VIEW dead_letters AS
SELECT event_id, code, reason, origin, field, code_version, sha256, size_bytes, original, truncated, refused_id, refused_sha256, kept_at, simulation
FROM dead_letters_rows FINAL
COMMENT 'Every rejected input, one row each. original is base64 of its first bytes, sha256 and size_bytes are of all of them. refused_id and refused_sha256 name a content that lies in a log and does not count, as its id stood for another; '''' for other letters. kept_at is UTC.';
