CREATE OR REPLACE VIEW timeliness_by_month AS
SELECT
    o.simulation AS simulation,
    o.jurisdiction AS jurisdiction,
    o.kind AS kind,
    o.rule_id AS rule_id,
    makeDate32(toYear(o.filed_on), toMonth(o.filed_on), 1) AS month,
    count() AS n,
    countIf(o.timeliness = 'in_time') AS in_time,
    countIf(o.timeliness IN ('late', 'very_late', 'fulfilled_late')) AS not_in_time,
    countIf(o.lifecycle = 'lapsed' AND o.timeliness IN ('late', 'very_late')) AS lapsed_after_due,
    countIf(o.lifecycle IN ('open', 'partly_fulfilled') AND o.timeliness IN ('not_due', 'due_soon', 'due_unobserved')) AS open_undecided,
    if(countIf(o.due_on IS NOT NULL) = 0, NULL, not_in_time / n) AS late_share
FROM obligations AS o
WHERE o.lifecycle NOT IN ('withdrawn', 'retracted')
GROUP BY simulation, jurisdiction, kind, rule_id, month
COMMENT 'Obligations per month of filing and rule, counted, claimable or not; withdrawn and retracted ones left out. not_in_time: done late, open past due, or lapsed past due (lapsed_after_due of them); open_undecided: not due or not yet observed; late_share: not_in_time / n, a fraction from 0 to 1, NULL where the rule sets no deadline.';
