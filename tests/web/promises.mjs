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

/** sets: the data sets of the scan of this epoch, by name. */
export async function testPromises(tap, epoch, folder, sets) {
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
		return compare("rollovers", counts(made, (r) => [r[2], r[3]]),
			sets.get("rollovers"), ["outcome", "depth"], "hosts");
	});
}
