CREATE OR REPLACE VIEW budget_execution AS
SELECT
    line_id, jurisdiction, level, classification, region, code, name, fiscal_year, period_end, unit, is_total,
    approved, specified, adjusted, period_plan_payments, period_plan_obligations, paid, obligations_taken,
    observed_at, simulation,
    if(approved > 0, toFloat64(paid) / toFloat64(approved), NULL) AS executed_of_approved,
    if(period_plan_payments > 0, toFloat64(paid) / toFloat64(period_plan_payments), NULL) AS executed_of_period_plan,
    -- A sum, since the small build of the embedded engine has no minus for decimals of this width.
    arraySum([obligations_taken, -paid]) AS commitments_outstanding
FROM budget_statements
WHERE classification = 'administrator'
COMMENT 'Budget execution per administrator and period, cumulative from 1 January, in the unit of the row. executed_of_* are fractions (paid over approved, paid over the plan of the period), NULL where the plan is zero or absent; commitments_outstanding is obligations taken minus paid.';
