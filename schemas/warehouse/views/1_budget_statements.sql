CREATE OR REPLACE VIEW budget_statements AS
SELECT
    s.line_id AS line_id, s.jurisdiction AS jurisdiction, s.level AS level, s.classification AS classification,
    s.region AS region, argMax(s.code, s.place) AS code,
    argMax(s.name, s.place) AS name, any(s.path) AS path, any(s.depth) AS depth,
    s.fiscal_year AS fiscal_year, s.period_end AS period_end,
    argMax(s.unit, s.place) AS unit, argMax(s.is_total, s.place) AS is_total,
    argMax(s.approved, s.place) AS approved, argMax(s.specified, s.place) AS specified,
    argMax(s.adjusted, s.place) AS adjusted,
    argMax(s.period_plan_payments, s.place) AS period_plan_payments,
    argMax(s.period_plan_obligations, s.place) AS period_plan_obligations,
    argMax(s.paid, s.place) AS paid, argMax(s.obligations_taken, s.place) AS obligations_taken,
    argMax(s.observed_at, s.place) AS observed_at, s.simulation AS simulation
FROM
(
    -- The statement observed last is the one that stands; the id settles a tie, so that every replay agrees.
    SELECT *, (observed_at, event_id) AS place
    FROM budget_statements_rows FINAL
    WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)
) AS s
-- What readers filter by is a key, so that a filter reaches the stored rows.
GROUP BY s.simulation, s.jurisdiction, s.level, s.classification, s.region, s.line_id, s.fiscal_year, s.period_end
COMMENT 'The latest observed statement of every budget line and period: cumulative amounts from 1 January to period_end, in the unit of the row.';
