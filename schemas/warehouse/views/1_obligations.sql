CREATE OR REPLACE VIEW obligations AS
SELECT
    obligation_id, kind, jurisdiction, rule_id, rule_version, force, confidence, source_id,
    owed_by, owed_by_name, owed_to, title, reference, region, url, period,
    filed_on, basis_on, due_on, due_at, closed_on, holding_answered_on, delay_days,
    lifecycle, timeliness, claim, withheld_reason, extended, paused, transferred,
    set_down_for, held_when_due, held_when_due_name, opened_by, known_on, dispute,
    -- Whose lateness it is: who held it when it fell due; before that, whoever holds it now.
    if(held_when_due = '', owed_by, held_when_due) AS answerable,
    if(held_when_due = '', owed_by_name, held_when_due_name) AS answerable_name,
    facts, spans, trace, simulation, version
FROM obligations_rows FINAL
COMMENT 'The latest snapshot of every obligation, one row each. Dates are local legal dates, due_at is a UTC instant, delay_days are calendar days after due_on for a thing done late.';
