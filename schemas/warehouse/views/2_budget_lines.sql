CREATE OR REPLACE VIEW budget_lines AS
SELECT
    e.line_id AS line_id, any(e.jurisdiction) AS jurisdiction, any(e.level) AS level,
    any(e.classification) AS classification, any(e.region) AS region, argMax(e.code, e.place) AS code,
    argMax(e.name, e.place) AS name, argMax(e.path, e.place) AS path, argMax(e.depth, e.place) AS depth,
    any(e.fiscal_year) AS fiscal_year, argMax(e.unit, e.place) AS unit,
    toBool(countIf(e.kind = 'statement') > 0) AS has_statement, countIf(e.kind = 'paid') AS payments,
    max(e.happened_on) AS known_to,
    multiIf(
        has_statement, argMaxIf(e.approved, e.place, e.kind = 'statement'),
        countIf(e.kind = 'approved') > 0, argMaxIf(e.approved, e.place, e.kind = 'approved'),
        NULL) AS approved,
    multiIf(
        has_statement, argMaxIf(e.adjusted, e.place, e.kind = 'statement'),
        countIf(e.kind IN ('approved', 'amended')) > 0,
        argMaxIf(e.adjusted, e.place, e.kind IN ('approved', 'amended')),
        NULL) AS adjusted,
    if(has_statement, argMaxIf(e.paid, e.place, e.kind = 'statement'), sumIf(e.paid, e.kind = 'paid')) AS paid,
    e.simulation AS simulation
FROM
(
    SELECT
        simulation, line_id, jurisdiction, level, classification, region, code, name, path, depth, fiscal_year, unit,
        'statement' AS kind, period_end AS happened_on, approved, adjusted, paid,
        (period_end, observed_at, toUUID('00000000-0000-0000-0000-000000000000')) AS place
    FROM budget_statements
    UNION ALL
    SELECT
        simulation, line_id, jurisdiction, level, classification, region, code, name, '', 0, fiscal_year, unit,
        kind, happened_on, amount, amount, amount,
        (happened_on, observed_at, event_id) AS place
    FROM budget_transactions_rows FINAL
    WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)
    -- An act counts once, though a row from before digests ('') may stand beside its own event read again.
    ORDER BY sha256 DESC
    LIMIT 1 BY event_id
) AS e
GROUP BY e.simulation, e.line_id
COMMENT 'The latest state of every budget line and year, in the unit of the row, where statements and single acts of a treasury meet: the latest statement where there is one (has_statement), else the appropriation as enacted (approved), as last enacted or amended (adjusted), and the sum of the payments (paid). known_to is the last day anything was said of; NULL: nobody stated it.';
