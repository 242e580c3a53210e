-- What a snapshot says since obligations have later stages, contests, and delays that belong to whoever held them.
-- As everywhere: '' means "none" in text columns. dispute is a JSON object with both sides of a contest.

ALTER TABLE obligations_rows
    ADD COLUMN IF NOT EXISTS set_down_for Nullable(Date32) AFTER trace,
    ADD COLUMN IF NOT EXISTS held_when_due LowCardinality(String) AFTER set_down_for,
    ADD COLUMN IF NOT EXISTS held_when_due_name LowCardinality(String) AFTER held_when_due,
    ADD COLUMN IF NOT EXISTS opened_by String AFTER held_when_due_name,
    ADD COLUMN IF NOT EXISTS known_on Nullable(Date32) AFTER opened_by,
    ADD COLUMN IF NOT EXISTS dispute String CODEC(ZSTD(3)) AFTER known_on;
