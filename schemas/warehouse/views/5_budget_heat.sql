CREATE OR REPLACE VIEW budget_heat AS
SELECT
    line_id, jurisdiction, level, region, code, name, fiscal_year, toMonth(period_end) AS month, period_end, unit,
    approved, adjusted, paid, executed_of_approved, blocked, blocked_by, simulation
FROM budget_execution
WHERE classification = 'administrator' AND NOT is_total
COMMENT 'Administrators by month, totals left out: the fraction of the approved year that was paid by the end of the month, NULL where nothing was approved and where blocked; blocked_by has the codes of the source findings, separated by spaces.';
