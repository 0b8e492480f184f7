// What the site says of how a scan was made, and what it writes to providers, against
// the rows of the database and the lists that the site has.

import { basename } from "node:path";
import { files, table, text } from "./files.mjs";

// Where its output went is the publisher's business, and its label is told elsewhere.
const PRIVATE = new Set(["db", "output", "format", "rejects", "summary", "metrics", "color",
	"resume", "dry-run", "label"]);
const DOMAIN = /^(\S+) \((?:outage|degraded)/gm;

const byCode = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const shown = (value) => typeof value === "string" ? value : JSON.stringify(value);

/** CSV has an apostrophe before what a spreadsheet would compute; PostgreSQL writes
 * numbers and lists in its own way. */
function same(found, wanted) {
	try {
		return shown(JSON.parse(found)) === wanted;
	} catch {
		return found === wanted || found === `'${wanted}`;
	}
}

function differences(name, found, wanted) {
	const text_ = (row) => Object.values(row).join(" | ");
	if (found.length !== wanted.length)
		return [`${name}: ${found.length} rows, not ${wanted.length}`];
	return found.filter((row, i) => !Object.keys(row).every((key) => same(row[key], String(wanted[i][key]))))
		.map((row) => `${name}: ${text_(row)}`);
}

const configuration = (config) => Object.keys(config).sort(byCode)
	.filter((option) => !PRIVATE.has(option) && config[option] !== null)
	.map((option) => ({ option, value: shown(config[option]) }));

/** Leaves of what a run reported; nothing and none are left out. */
function leaves(value, path = []) {
	if (value !== null && typeof value === "object" && !Array.isArray(value))
		return Object.entries(value).flatMap(([key, v]) => leaves(v, [...path, key]));
	const empty = value === null || value === 0 || Array.isArray(value) && value.length === 0;
	return empty ? [] : [{ item: path.join(" / "), value: shown(value) }];
}

const runs = (list) => list.flatMap((run, i) => leaves(run)
	.sort((a, b) => byCode(a.item, b.item)).map((leaf) => ({ run: i + 1, ...leaf })));

/** Each text has the domains of its provider in the list, all of them. */
function notices(site) {
	const wrong = [];
	const paths = files(site).filter((path) => /^registry\/.*\/notice[^/]*\.txt$/.test(path));
	for (const path of paths) {
		const provider = basename(path, ".txt").replace(/^notice-?/, "");
		const rows = table(site, path.replace(/[^/]*$/, "broken.csv")).filter((r) => r.provider === provider);
		const wanted = new Set(rows.map((row) => row.domain));
		const notice = text(site, path);
		const found = [...notice.matchAll(DOMAIN)].map(([, name]) => name);
		const number = notice.match(/^([0-9,]+) domains?\.$/m)?.[1].replace(",", "");
		if (Number(number) !== wanted.size || found.length !== wanted.size || found.some((name) => !wanted.has(name)))
			wrong.push(`${path}: ${number} domains: ${found}\n not ${[...wanted]}`);
		wrong.push(...rows.filter((row) => !notice.includes(` ${row.address}: ${row.cause}`) && row.address !== "")
			.map((row) => `${path}: no ${row.address}: ${row.cause}`));
	}
	return paths.length === 0 ? ["there are no notices"] : wrong;
}

export async function testProvenance(tap, name, database, site, scans) {
	await tap.test(`${name}: options and runs are those that the database has`, () =>
		database.rows("SELECT scan_id, config, runs FROM dane.scan ORDER BY scan_id")
			.filter((scan) => scans.includes(scan.scan_id)).flatMap(({ scan_id, config, runs: list }) => {
				const read = (set) => table(site, `scans/${scan_id}/data/${set}.csv`);
				return [
					...differences("configuration", read("configuration"), configuration(config)),
					...differences("runs", read("runs"), runs(list)),
				];
			}));
	await tap.test(`${name}: notices have the domains of their providers`, () => notices(site));
}
