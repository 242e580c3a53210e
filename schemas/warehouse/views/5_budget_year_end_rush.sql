CREATE OR REPLACE VIEW budget_year_end_rush AS
SELECT
    december.line_id AS line_id, december.jurisdiction AS jurisdiction, december.level AS level,
    december.classification AS classification, december.region AS region, december.code AS code,
    december.name AS name, december.path AS path, december.fiscal_year AS fiscal_year, december.unit AS unit,
    december.is_total AS is_total, december.paid AS paid_in_year, november.paid AS paid_by_november,
    toBool(december.blocked OR november.blocked) AS blocked,
    if(blocked OR paid_in_year <= 0, NULL,
        (toFloat64(paid_in_year) - toFloat64(paid_by_november)) / toFloat64(paid_in_year)) AS december_share,
    december.simulation AS simulation
FROM budget_execution AS december
INNER JOIN budget_execution AS november
    ON november.simulation = december.simulation AND november.line_id = december.line_id
WHERE toMonth(december.period_end) = 12 AND toMonth(november.period_end) = 11
COMMENT 'The share of a year''s payments that was made in December, per line and completed year: a fraction, NULL where nothing was paid and where a source finding blocks either month. Amounts in the unit of the row; lines without a statement for both months are left out.';
