// What the laboratory promises of its epochs, against what the site says.

import { readFileSync } from "node:fs";
import { join } from "node:path";

function lines(folder, name) {
	return readFileSync(join(folder, `${name}.tsv`), "utf8").split("\n").filter(Boolean)
		.map((line) => line.split("\t"));
}

/** "key key": how many lines have these fields. */
function counts(rows, pick) {
	const found = new Map();
	for (const row of rows) {
		const key = pick(row).join(" ");
		found.set(key, (found.get(key) ?? 0) + 1);
	}
	return found;
}

function compare(name, wanted, rows, keys, value) {
	const found = new Map(rows.map((row) =>
		[keys.map((key) => row[key]).join(" "), Number(row[value])]));
	const all = new Set([...wanted.keys(), ...found.keys()]);
	return [...all].filter((key) => wanted.get(key) !== found.get(key))
		.map((key) => `${name} ${key}: ${found.get(key)}, not ${wanted.get(key)}`);
}

/** Domains that name a host with each outcome, and hosts of which the time between
 * the scans leaves it open: RFC 7671 section 8.1 wants two TTLs. */
function rolledOver(database, scan, made, rows) {
	const hosts = new Map();
	for (const [host, , outcome, depth] of made)
		hosts.set(`${outcome} ${depth}`, [...(hosts.get(`${outcome} ${depth}`) ?? []), host]);
	return rows.flatMap((row) => {
		const names = hosts.get(`${row.outcome} ${row.depth}`).map((host) => `'${host}'`);
		const [wanted] = database.rows(`SELECT (SELECT count(DISTINCT domain) FROM dane.mx_obs
				WHERE scan_id = ${scan} AND host IN (${names})) AS domains,
			(SELECT count(DISTINCT host) FROM dane.host_obs b JOIN dane.scan s USING (scan_id)
				WHERE scan_id = ${scan - 1} AND host IN (${names})
					AND '${row.outcome}' = 'same-time' AND s.started + make_interval(
						secs => 2 * tlsa_ttl) < (SELECT started FROM dane.scan
							WHERE scan_id = ${scan})) AS uncertain`);
		return Number(row.domains) === wanted.domains && Number(row.uncertain_hosts) === wanted.uncertain
			? [] : [`rollovers ${JSON.stringify(row)}, not ${JSON.stringify(wanted)}`];
	});
}

/** sets: the data sets of the scan of this epoch, by name. */
export async function testPromises(tap, epoch, folder, sets, database, scan) {
	await tap.test(`epoch ${epoch}: as many domains of each class and reason as were made`, () =>
		compare("classes", counts(lines(folder, "expected"), (r) => [r[1], r[2]]),
			sets.get("classes"), ["class", "reason"], "domains"));
	if (epoch === 0)
		return;
	await tap.test(`epoch ${epoch}: the changes that were made, and their causes`, () => {
		const made = lines(folder, "changes");
		return [
			...compare("changes", counts(made, (r) => [r[1], r[2]]),
				sets.get("changes"), ["change", "cause"], "domains"),
			...compare("change_kinds", counts(made, (r) => [r[1]]),
				sets.get("change_kinds"), ["change"], "domains"),
		];
	});
	await tap.test(`epoch ${epoch}: the roll-overs that were made`, () => {
		const made = lines(folder, "rollovers").filter((r) => r[1] === String(epoch));
		const rows = sets.get("rollovers");
		return [
			...compare("rollovers", counts(made, (r) => [r[2], r[3]]), rows,
				["outcome", "depth"], "hosts"),
			...rolledOver(database, scan, made, rows),
		];
	});
}
