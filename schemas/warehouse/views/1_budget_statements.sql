CREATE OR REPLACE VIEW budget_statements AS
SELECT
    line_id, jurisdiction, level, classification, region, code, name, path, depth, fiscal_year, period_end, unit, is_total,
    approved, specified, adjusted, period_plan_payments, period_plan_obligations, paid, obligations_taken,
    observed_at, simulation
FROM budget_statements_rows FINAL
-- The statement observed last is the one that stands; the id settles a tie, so that every replay agrees.
ORDER BY observed_at DESC, event_id DESC
LIMIT 1 BY simulation, line_id, period_end
COMMENT 'The latest observed statement of every budget line and period: cumulative amounts from 1 January to period_end, in the unit of the row.';
