CREATE OR REPLACE VIEW bodies AS
SELECT
    o.simulation AS simulation,
    o.jurisdiction AS jurisdiction,
    o.answerable AS owed_by,
    argMax(o.answerable_name, (o.filed_on, o.obligation_id)) AS owed_by_name,
    count() AS total,
    countIf(o.lifecycle IN ('open', 'partly_fulfilled')) AS open,
    countIf(o.timeliness = 'due_soon') AS due_soon,
    countIf(o.timeliness = 'due_unobserved') AS due_unobserved,
    countIf(o.claim = 'publishable' AND o.lifecycle IN ('open', 'partly_fulfilled') AND o.timeliness IN ('late', 'very_late')) AS late,
    countIf(o.timeliness = 'in_time') AS in_time,
    countIf(o.claim = 'publishable' AND o.timeliness = 'fulfilled_late') AS fulfilled_late,
    countIf(o.claim = 'withheld') AS withheld
FROM obligations AS o
WHERE o.lifecycle NOT IN ('withdrawn', 'retracted')
GROUP BY o.simulation, o.jurisdiction, o.answerable
COMMENT 'Obligations per body answerable for them, counted: who held one when it fell due, before that whoever holds it now. Withdrawn and retracted ones left out. late (still owed) and fulfilled_late hold publishable claims only; withheld are those about which no claim is made.';
