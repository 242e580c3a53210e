CREATE OR REPLACE VIEW overdue AS
SELECT
    o.obligation_id AS obligation_id, o.kind AS kind, o.jurisdiction AS jurisdiction,
    o.rule_id AS rule_id, o.rule_version AS rule_version, o.force AS force, o.confidence AS confidence,
    o.source_id AS source_id, o.owed_by AS owed_by, o.owed_by_name AS owed_by_name, o.owed_to AS owed_to,
    o.title AS title, o.reference AS reference, o.region AS region, o.url AS url, o.period AS period,
    o.filed_on AS filed_on, o.basis_on AS basis_on, o.due_on AS due_on, o.due_at AS due_at,
    o.closed_on AS closed_on, o.holding_answered_on AS holding_answered_on, o.delay_days AS delay_days,
    o.lifecycle AS lifecycle, o.timeliness AS timeliness, o.claim AS claim, o.withheld_reason AS withheld_reason,
    o.extended AS extended, o.paused AS paused, o.transferred AS transferred,
    o.set_down_for AS set_down_for, o.held_when_due AS held_when_due, o.held_when_due_name AS held_when_due_name,
    o.opened_by AS opened_by, o.known_on AS known_on, o.dispute AS dispute,
    o.answerable AS answerable, o.answerable_name AS answerable_name,
    o.facts AS facts, o.spans AS spans, o.trace AS trace, o.simulation AS simulation, o.version AS version,
    -- due_at is the first moment of the next local day: from there on it is day 1 of lateness, in every zone.
    toUInt32(1 + greatest(0, intDiv(dateDiff('second', assumeNotNull(o.due_at), c.now_at), 86400))) AS days_late
FROM obligations AS o
LEFT JOIN clocks AS c ON c.simulation = o.simulation
WHERE o.claim = 'publishable' AND o.lifecycle IN ('open', 'partly_fulfilled') AND o.timeliness IN ('late', 'very_late')
COMMENT 'Obligations publicly claimed to be late and still owed, one row each. days_late counts days of 24 hours begun since the due instant, up to the latest tick of the clock.';
