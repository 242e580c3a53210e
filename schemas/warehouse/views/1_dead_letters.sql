CREATE OR REPLACE VIEW dead_letters AS
SELECT event_id, code, reason, origin, field, code_version, sha256, size_bytes, original, truncated, kept_at, simulation
FROM dead_letters_rows FINAL
COMMENT 'Every rejected input, one row each. original is base64 of its first bytes, sha256 and size_bytes are of all of them; kept_at is UTC.';
