-- Of what is not as it was in the scan before.

-- data: changes
-- key: change cause
-- order: domains DESC, change COLLATE "C", cause COLLATE "C"
SELECT change, cause, count(*) AS domains, (SELECT scan_id FROM before) AS previous_scan
FROM change GROUP BY change, cause;

-- data: change_kinds
-- key: change
-- order: domains DESC, change COLLATE "C"
SELECT change, count(*) AS domains FROM change GROUP BY change;

-- data: change_causes
-- key: change cause provider
-- order: place
SELECT row_number() OVER (ORDER BY count(*) DESC, change COLLATE "C", cause COLLATE "C",
		provider COLLATE "C") AS place,
	change, cause, provider, count(*) AS domains
FROM change GROUP BY change, cause, provider ORDER BY place LIMIT 200;

