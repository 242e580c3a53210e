CREATE OR REPLACE VIEW budget_findings AS
SELECT
    f.finding_id AS finding_id, f.code AS code, f.severity AS severity, toBool(f.severity = 'error') AS blocks,
    JSONExtractString(f.params, 'jurisdiction') AS jurisdiction,
    JSONExtractString(f.params, 'level') AS level,
    JSONExtractString(f.params, 'classification') AS classification,
    JSONExtractString(f.params, 'region') AS region,
    -- As the ids of its lines begin: those of a simulation with its name.
    concat(if(f.simulation = '', '', concat(f.simulation, '/')),
        jurisdiction, '/', level, '/', classification, '/', if(region = '', '-', region)) AS table_id,
    toDate32OrNull(JSONExtractString(f.params, 'period_end')) AS period_end,
    JSONExtractString(f.params, 'line_id') AS line_id,
    JSONExtractString(f.params, 'code') AS line_code,
    JSONExtractString(f.params, 'name') AS line_name,
    JSONExtractString(f.params, 'successors') AS successors,
    JSONExtractString(f.params, 'measure') AS measure,
    JSONExtractString(f.params, 'expected') AS expected,
    JSONExtractString(f.params, 'seen') AS seen,
    JSONExtractString(f.params, 'difference') AS difference,
    JSONExtractString(f.params, 'other') AS other,
    JSONExtractString(f.params, 'since') AS since,
    JSONExtractString(f.params, 'lines') AS lines,
    JSONExtractString(f.params, 'missing') AS missing,
    f.source_id AS source_id, f.raised_at AS raised_at, f.changed_at AS changed_at, f.simulation AS simulation
FROM findings AS f
WHERE f.state = 'raised' AND startsWith(f.code, 'budget.')
COMMENT 'Faults of budget tables that still stand, one row each, about one line (line_id) or, where that is empty, about a whole table in one period. blocks: nothing may be concluded from those figures about execution. expected, seen and difference are texts as the check wrote them, in the unit of the table.';
