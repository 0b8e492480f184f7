// The files of a site, as they lie there.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Paths from the site's root, in order. */
export function files(site) {
	return readdirSync(site, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(site, join(entry.parentPath ?? entry.path, entry.name)))
		.sort();
}

export const raw = (site, path) => readFileSync(join(site, path));
export const text = (site, path) => raw(site, path).toString("utf8");

/** RFC 4180: rows of fields. */
export function parseCsv(source) {
	const rows = [];
	let row = [], field = "", quoted = false;
	for (let i = 0; i < source.length; i++) {
		const c = source[i];
		if (quoted) {
			if (c !== '"')
				field += c;
			else if (source[i + 1] === '"')
				field += source[i++];
			else
				quoted = false;
		} else if (c === '"') {
			quoted = true;
		} else if (c === "," || c === "\n") {
			row.push(field);
			field = "";
			if (c === "\n") {
				rows.push(row);
				row = [];
			}
		} else if (c !== "\r" || source[i + 1] !== "\n") {
			field += c;
		}
	}
	if (field !== "" || row.length > 0 || quoted)
		throw new Error("the last line of a CSV file is not whole");
	return rows;
}

/** A CSV file as objects by the names of its first line. */
export function table(site, path) {
	const [names, ...rows] = parseCsv(text(site, path));
	return rows.map((row) => {
		if (row.length !== names.length)
			throw new Error(`${path}: ${row.length} fields, not ${names.length}`);
		return Object.fromEntries(names.map((name, i) => [name, row[i]]));
	});
}
