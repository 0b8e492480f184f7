// Every figure of the site against an independent query over the observations.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HERE } from "./database.mjs";
import { files, table } from "./files.mjs";

const NEAR = 1e-6;
const QUERIES = ["domains", "hosts", "groups", "papers", "changes"];
// Told by the laboratory (promises.mjs), or no figures.
const PROMISED = new Set(["changes", "change_kinds", "change_causes", "rollovers",
	"configuration", "runs"]);
// Folders with a page of each key, and the data sets that have the keys.
const EACH = [["tld", "tlds"], ["provider", "providers"], ["registry", "zones"]];
const HISTORIES = new Set(["tld", "provider"]);
// Of what the laboratory has none.
const EMPTY = new Set(["ranks", "u20_ranks", "retired_issuers"]);

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
	const rows = database.rows(substitute(all.join("\nUNION ALL\n")), substitute(base));
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

/** One data set: its rows in their order, its columns, those of the scan before. */
function compare(query, found, wanted, before) {
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
	const earlier = before && new Map(before.map((row) => [name(row), row]));
	for (const column of Object.keys(found[0])) {
		const of_ = column.replace(/^previous_/, "");
		if (column in wanted[0])
			found.forEach((row, i) => same(row[column], wanted[i][column]) ||
				wrong.push(`${query.name} ${name(row)}: ${column} ${row[column]}, not ${wanted[i][column]}`));
		else if (of_ !== column && of_ in wanted[0])
			found.forEach((row) => {
				const value = earlier === undefined ? null : earlier.get(name(row))?.[of_];
				if (!same(row[column], value ?? null) && !(value === undefined && row[column] === "0"))
					wrong.push(`${query.name} ${name(row)}: ${column} ${row[column]}, not ${value}`);
			});
		else if (column.startsWith("year_"))
			found.forEach((row) => row[column] === "" ||
				wrong.push(`${query.name} ${name(row)}: ${column} ${row[column]} of no scan`));
		else if (!query.not.includes(column))
			wrong.push(`${query.name}: no query counts ${column}`);
	}
	return wrong;
}

/** The data sets of a folder, by name, as the site has them. */
export function datasets(site, folder) {
	const found = new Map();
	for (const path of files(site))
		if (dirname(path) === folder && path.endsWith(".csv"))
			found.set(basename(path, ".csv"), table(site, path));
	return found;
}

/** Rows of one key; of a history: what each scan said of the key. */
const ofKey = (rows, key) => rows?.filter((row) => row.key === key);

function history(scans, name, column, key) {
	return [...scans].map(([scan_id, counts]) =>
		counts.get(name).filter((row) => row[column] === key).map((row) => ({ ...row, scan_id }))).flat();
}

/** The data sets beside the page of each key of a folder such as tld/; sets: the
 * data set that has all keys. */
function compareKeys(site, each, sets, scans, newest, previous) {
	const wrong = [];
	const { list } = queries();
	const base = list.find((query) => query.name === sets);
	const keys = scans.get(newest).get(sets).map((row) => row[base.key[0]]);
	for (const key of keys) {
		const found = datasets(site, `${each}/${key}`);
		const check = (query, wanted, before) => {
			if (found.has(query.name) || wanted.length > 0)
				wrong.push(...compare(query, found.get(query.name) ?? [], wanted, before)
					.map((what) => `${each} ${key}: ${what}`));
			found.delete(query.name);
		};
		for (const query of list.filter((q) => q.each === each))
			check(query, ofKey(scans.get(newest).get(query.name), key),
				ofKey(scans.get(previous)?.get(query.name), key));
		if (HISTORIES.has(each)) {
			const rows = history(scans, sets, each, key);
			check({ ...base, name: `${each}_history`, key: ["scan_id"], not: [...base.not, "started"] },
				rows, rows.map((row) => ({ ...row, scan_id: row.scan_id + 1 })));
		}
		wrong.push(...[...found.keys()].map((name) => `${each} ${key}: nothing counts ${name}`));
	}
	return keys.length === 0 ? [`there is no ${each}`] : wrong;
}

/** scans: numbers, oldest first. */
export async function testFigures(tap, database, site, scans) {
	const { list } = queries();
	const counts = new Map(scans.map((scan) => [scan, counted(database, scan)]));
	let before;
	const series = new Map();
	for (const [scan, wanted] of counts) {
		const found = datasets(site, `scans/${scan}/data`);
		await tap.test(`every figure of scan ${scan} is what a query over the observations says`, () => {
			const wrong = [...found.keys()].filter((name) => !wanted.has(name) && !PROMISED.has(name) &&
				!(EMPTY.has(name) && found.get(name).length === 0))
				.map((name) => `nothing counts ${name}`);
			for (const query of list.filter((q) => q.each === undefined)) {
				let rows = wanted.get(query.name);
				if (query.series) {
					rows = [...(series.get(query.name) ?? []), ...rows];
					series.set(query.name, rows);
				}
				if (found.has(query.name))
					wrong.push(...compare(query, found.get(query.name), rows, before?.get(query.name)));
				else
					wrong.push(`there is no ${query.name}`);
			}
			return wrong;
		});
		before = wanted;
	}
	const [previous, newest] = scans.slice(-2);
	for (const [each, sets] of EACH)
		await tap.test(`so is every figure of each ${each}`, () =>
			compareKeys(site, each, sets, counts, newest, previous));
}
