CREATE OR REPLACE VIEW budget_execution AS
SELECT
    s.line_id AS line_id, s.jurisdiction AS jurisdiction, s.level AS level, s.classification AS classification,
    s.region AS region, s.code AS code, s.name AS name, s.path AS path, s.depth AS depth,
    s.fiscal_year AS fiscal_year, s.period_end AS period_end, s.unit AS unit, s.is_total AS is_total,
    s.approved AS approved, s.specified AS specified, s.adjusted AS adjusted,
    s.period_plan_payments AS period_plan_payments, s.period_plan_obligations AS period_plan_obligations,
    s.paid AS paid, s.obligations_taken AS obligations_taken, s.observed_at AS observed_at, s.simulation AS simulation,
    toBool(notEmpty(of_table.codes) OR notEmpty(of_line.codes)) AS blocked,
    arrayStringConcat(arraySort(arrayDistinct(arrayConcat(of_table.codes, of_line.codes))), ' ') AS blocked_by,
    if(blocked OR approved <= 0, NULL, toFloat64(paid) / toFloat64(approved)) AS executed_of_approved,
    if(blocked OR period_plan_payments <= 0, NULL, toFloat64(paid) / toFloat64(period_plan_payments))
        AS executed_of_period_plan,
    -- A sum, since the small build of the embedded engine has no minus for decimals of this width.
    arraySum([obligations_taken, -paid]) AS commitments_outstanding
FROM budget_statements AS s
LEFT JOIN
(
    SELECT simulation, jurisdiction, level, classification, region, period_end, groupUniqArray(code) AS codes
    FROM budget_findings
    WHERE blocks AND line_id = ''
    GROUP BY simulation, jurisdiction, level, classification, region, period_end
) AS of_table
    ON of_table.simulation = s.simulation AND of_table.jurisdiction = s.jurisdiction AND of_table.level = s.level
    AND of_table.classification = s.classification AND of_table.region = s.region
    AND of_table.period_end = s.period_end
LEFT JOIN
(
    SELECT simulation, line_id, period_end, groupUniqArray(code) AS codes
    FROM budget_findings
    WHERE blocks AND line_id != ''
    GROUP BY simulation, line_id, period_end
) AS of_line
    ON of_line.simulation = s.simulation AND of_line.line_id = s.line_id AND of_line.period_end = s.period_end
COMMENT 'Budget execution per line and period, of every level and classification, cumulative from 1 January, in the unit of the row. executed_of_* are fractions (paid over approved, paid over the plan of the period), NULL where the plan is zero or absent and where blocked: then blocked_by has the codes of the source findings that forbid conclusions, separated by spaces. commitments_outstanding is obligations taken minus paid.';
