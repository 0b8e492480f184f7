// Every figure of the site against an independent query over the observations.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HERE } from "./database.mjs";
import { files, table } from "./files.mjs";

const NEAR = 1e-9;
const QUERIES = ["domains", "hosts", "groups", "papers", "changes"];
// Compared elsewhere: promises.mjs, provenance.mjs.
const ELSEWHERE = new Set(["rollovers", "configuration", "runs"]);
// Folders with a page of each key, and the data sets that have the keys.
const EACH = [["tld", "tlds"], ["provider", "providers"], ["registry", "zones"]];
const HISTORIES = new Set(["tld", "provider"]);
const YEAR = 365 * 24, YEAR_OFF = 45 * 24;

/** The queries of figures/: {name, key: [], not: [], sql}, and what is before. */
function queries() {
	const read = (name) => readFileSync(join(HERE, "figures", `${name}.sql`), "utf8");
	const base = read("base");
	const parts = QUERIES.flatMap((name) => read(name).split(/^-- data: /m).slice(1));
	const list = parts.map((part) => {
		const words = (name) => (part.match(new RegExp(`^-- ${name}: (.*)$`, "m"))?.[1] ?? "").split(" ").filter(Boolean);
		return {
			name: part.match(/^\S+/)[0],
			key: words("key"),
			not: words("not"),
			each: words("each")[0],
			series: words("series").length > 0,
			once: words("once").length > 0,
			order: words("order").join(" "),
			sql: part.slice(part.indexOf("\n")).trim().replace(/;$/, ""),
		};
	});
	return { base, list };
}

/** What all queries say of a scan: rows by the name of the data set. */
export function counted(database, scan) {
	const { base, list } = queries();
	const all = list.map(({ name, order, sql }) =>
		`SELECT '${name}' AS name, (SELECT json_agg(q) FROM (
			SELECT * FROM (${sql}) f ORDER BY ${order === "any" ? 1 : order}) q) AS rows`);
	const substitute = (sql) => sql.replaceAll(":scan", scan);
	const rows = database.rows(substitute(all.join("\nUNION ALL\n")),
		`SET jit = off; ${substitute(base)}`);
	return new Map(rows.map((row) => [row.name, row.rows ?? []]));
}

const shown = (value) => value === null || value === undefined ? "" : String(value);

function same(found, wanted) {
	if (typeof wanted === "boolean")
		return found === (wanted ? "t" : "f");
	if (found === shown(wanted))
		return true;
	return found !== "" && wanted !== null && wanted !== "" &&
		Math.abs(Number(found) - Number(wanted)) < NEAR;
}

/** Is the value that of the same row of another scan? rows: undefined where there is
 * no such scan. A group that it had not is nothing, or none. */
function sameEarlier(found, rows, name, column) {
	const row = rows?.get(name);
	return row !== undefined ? same(found, row[column])
		: found === "" || found === "0" && rows !== undefined;
}

/** One data set: its rows in their order, its columns, and those of the scan before
 * and of a year before: earlier {previous, year}. */
function compare(query, found, wanted, earlier) {
	const wrong = [];
	const name = (row) => query.key.map((k) => shown(row[k])).join("/");
	if (query.once)
		found = found.filter((row, i) => i === 0 || name(row) !== name(found[i - 1]));
	if (query.order === "any")
		found = [...found].sort((a, b) => wanted.findIndex((w) => name(w) === name(a)) -
			wanted.findIndex((w) => name(w) === name(b)));
	const order = wanted.map(name).join("; "), order_found = found.map(name).join("; ");
	if (order !== order_found)
		return [`${query.name}: rows ${order_found.slice(0, 700)}\n not ${order.slice(0, 700)}`];
	if (found.length === 0)
		return [];
	const rows = Object.fromEntries(Object.entries(earlier).map(([when, list]) =>
		[when, list && new Map(list.map((row) => [name(row), row]))]));
	for (const column of Object.keys(found[0])) {
		const [, when, of_] = column.match(/^(previous|year)_(.*)$/) ?? [];
		if (column in wanted[0])
			found.forEach((row, i) => same(row[column], wanted[i][column]) ||
				wrong.push(`${query.name} ${name(row)}: ${column} ${row[column]}, not ${wanted[i][column]}`));
		else if (of_ in wanted[0])
			found.forEach((row) => sameEarlier(row[column], rows[when], name(row), of_) ||
				wrong.push(`${query.name} ${name(row)}: ${column} ${row[column]}, not that of the other scan`));
		else if (!query.not.includes(column))
			wrong.push(`${query.name}: no query counts ${column}`);
	}
	return wrong;
}

const changed = (value) => value === "" ? "1" : Number.isNaN(Number(value)) ? `${value}x`
	: String(Number(value) + 1);

/** Columns of a data set of which another value would not be noticed. */
function unnoticed(query, found, wanted, earlier) {
	const last = found.length - 1;
	return Object.keys(found[0] ?? {}).filter((column) => !query.not.includes(column))
		.filter((column) => compare(query, found.with(last,
			{ ...found[last], [column]: changed(found[last][column]) }), wanted, earlier).length === 0)
		.map((column) => `${query.name}: nothing notices another ${column}`);
}

/** The data sets of a folder, by name, as the site has them. */
export function datasets(site, folder) {
	const found = new Map();
	for (const path of files(site))
		if (dirname(path) === folder && path.endsWith(".csv"))
			found.set(basename(path, ".csv"), table(site, path));
	return found;
}

/** What the scans before and of a year before say: their numbers. Of a year before is
 * the scan nearest to 365 days, at most 45 off. */
function earlierScans(database, scans) {
	const hours = new Map(database.rows(
		"SELECT scan_id, extract(epoch FROM started) / 3600 AS hour FROM dane.scan")
		.map((row) => [row.scan_id, row.hour]));
	return new Map(scans.map((scan, i) => {
		const off = (other) => Math.abs(hours.get(scan) - hours.get(other) - YEAR);
		const [year] = scans.filter((s) => off(s) <= YEAR_OFF).sort((a, b) => off(a) - off(b));
		return [scan, { previous: scans[i - 1], year }];
	}));
}

/** Of each of the two earlier scans, what pick gives of it. */
const ofEarlier = (numbers, pick) => Object.fromEntries(Object.entries(numbers).map(
	([when, scan]) => [when, scan === undefined ? undefined : pick(scan)]));

/** Rows of one key. */
const ofKey = (rows, key) => rows?.filter((row) => row.key === key);

/** What each scan said of a key. */
function history({ counts, earlier }, name, column, key) {
	const row = (scan) => counts.get(scan).get(name).find((r) => r[column] === key);
	const rows = (pick) => [...counts.keys()].filter((scan) => pick(scan) !== undefined)
		.map((scan) => [scan, row(pick(scan))]).filter(([, found]) => found !== undefined)
		.map(([scan_id, found]) => ({ ...found, scan_id }));
	return {
		wanted: rows((scan) => scan),
		before: {
			previous: rows((scan) => earlier.get(scan).previous),
			year: rows((scan) => earlier.get(scan).year),
		},
	};
}

/** The data sets beside the page of each key of a folder such as tld/; sets: the
 * data set that has all keys. */
function compareKeys(site, each, sets, { counts, earlier }, judge = compare) {
	const wrong = [];
	const { list } = queries();
	const base = list.find((query) => query.name === sets);
	const newest = [...counts.keys()].at(-1);
	const keys = counts.get(newest).get(sets).map((row) => row[base.key[0]]);
	for (const key of keys) {
		const found = datasets(site, `${each}/${key}`);
		const check = (query, wanted, before) => {
			if (found.has(query.name) || wanted.length > 0)
				wrong.push(...judge(query, found.get(query.name) ?? [], wanted, before)
					.map((what) => `${each} ${key}: ${what}`));
			found.delete(query.name);
		};
		for (const query of list.filter((q) => q.each === each))
			check(query, ofKey(counts.get(newest).get(query.name), key),
				ofEarlier(earlier.get(newest), (scan) => ofKey(counts.get(scan).get(query.name), key)));
		if (HISTORIES.has(each)) {
			const { wanted, before } = history({ counts, earlier }, sets, each, key);
			check({ ...base, name: `${each}_history`, key: ["scan_id"] }, wanted, before);
		}
		wrong.push(...[...found.keys()].map((name) => `${each} ${key}: nothing counts ${name}`));
	}
	return keys.length === 0 ? [`there is no ${each}`] : wrong;
}

/** The data sets of one scan; series: the rows so far of those that go on. */
function compareScan(found, scan, { counts, earlier }, series, judge = compare) {
	const wrong = [...found.keys()]
		.filter((name) => !counts.get(scan).has(name) && !ELSEWHERE.has(name))
		.map((name) => `nothing counts ${name}`);
	for (const query of queries().list.filter((q) => q.each === undefined)) {
		let rows = counts.get(scan).get(query.name);
		if (query.series) {
			rows = [...(series.get(query.name) ?? []), ...rows];
			series.set(query.name, rows);
		}
		if (found.has(query.name))
			wrong.push(...judge(query, found.get(query.name), rows,
				ofEarlier(earlier.get(scan), (other) => counts.get(other).get(query.name))));
		else
			wrong.push(`there is no ${query.name}`);
	}
	return wrong;
}

/** scans: numbers, oldest first. Gives the names of the data sets that have rows. */
export async function testFigures(tap, name, database, site, scans) {
	const counts = new Map(scans.map((scan) => [scan, counted(database, scan)]));
	const all = { counts, earlier: earlierScans(database, scans) };
	for (const [judge, what] of [[compare, "is what a query over the observations says"],
		[unnoticed, "could not be another"]]) {
		const series = new Map();
		for (const scan of scans)
			await tap.test(`${name}: every figure of scan ${scan} ${what}`, () =>
				compareScan(datasets(site, `scans/${scan}/data`), scan, all, series, judge));
		for (const [each, sets] of EACH)
			await tap.test(`${name}: every figure of each ${each} ${what}`, () =>
				compareKeys(site, each, sets, all, judge));
	}
	return new Set([...counts.values()].flatMap((sets) =>
		[...sets].filter(([, rows]) => rows.length > 0).map(([set]) => set)));
}

/** A query whose rows are always none compares nothing. */
export async function testFilled(tap, filled) {
	await tap.test("every data set had rows to be compared", () =>
		queries().list.filter(({ name }) => !filled.has(name)).map(({ name }) => name));
}
