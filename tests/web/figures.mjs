// Every figure of the site against an independent query over the observations.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HERE } from "./database.mjs";
import { files, table } from "./files.mjs";

const NEAR = 1e-6;

/** The queries of figures.sql: {name, key: [], not: [], sql}, and what is before. */
function queries() {
	const [base, ...parts] = readFileSync(join(HERE, "figures.sql"), "utf8").split(/^-- data: /m);
	const list = parts.map((part) => {
		const words = (name) => (part.match(new RegExp(`^-- ${name}: (.*)$`, "m"))?.[1] ?? "").split(" ").filter(Boolean);
		return {
			name: part.match(/^\S+/)[0],
			key: words("key"),
			not: words("not"),
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
			SELECT * FROM (${sql}) f ORDER BY ${order}) q) AS rows`);
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
	const order = wanted.map(name).join("\n"), order_found = found.map(name).join("\n");
	if (order !== order_found)
		return [`${query.name}: rows ${order_found.slice(0, 600)}\n not ${order.slice(0, 600)}`];
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

/** The data sets of the scan, by name, as the site has them. */
export function datasets(site, folder) {
	const found = new Map();
	for (const path of files(site))
		if (dirname(path) === folder && path.endsWith(".csv"))
			found.set(basename(path, ".csv"), table(site, path));
	return found;
}

export async function testFigures(tap, database, site, folder, scan, previous) {
	const wanted = counted(database, scan);
	const before = previous === null ? undefined : counted(database, previous);
	const found = datasets(site, folder);
	const { list } = queries();
	for (const query of list)
		await tap.test(`figures of scan ${scan}: ${query.name}`, () => {
			if (!found.has(query.name))
				return wanted.get(query.name).length === 0 ? [] : ["there is no such file"];
			return compare(query, found.get(query.name), wanted.get(query.name),
				before?.get(query.name));
		});
	await tap.test(`figures of scan ${scan}: every data set is counted`, () =>
		[...found.keys()].filter((name) => !wanted.has(name)));
}
