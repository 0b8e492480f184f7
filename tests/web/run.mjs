#!/usr/bin/node
// The browser tests of the site that `danescan report` makes: TAP.
//
//	tests/web/run.mjs [--all] [BUILD]
//
// --all: a site as large as that of the demonstration, and axe on every page.

import { join } from "node:path";
import { launch } from "./browser.mjs";
import { testCharts } from "./charts.mjs";
import { Stage } from "./database.mjs";
import { files, raw } from "./files.mjs";
import { datasets, testFigures, testFilled } from "./figures.mjs";
import { testHostile } from "./hostile.mjs";
import { testPages } from "./pages.mjs";
import { testPromises } from "./promises.mjs";
import { testProvenance } from "./provenance.mjs";
import { testTables } from "./tables.mjs";
import { Tap } from "./tap.mjs";
import { testWords } from "./words.mjs";

// Of the epochs, one after the other.
const SCANS = [1, 2, 3];
// Of what the laboratory has none: ranks, two keys, retired issuers, a year before.
const DAYS = ["2025-01-01", "2025-12-10", "2026-01-01"];
const MADE_DOMAINS = 600;
const DOMAINS = 160, DOMAINS_OF_ALL = 1000;

/** The same database gives the same octets. */
function differences(one, other) {
	const paths = new Set([...files(one), ...files(other)]);
	return [...paths].filter((path) => {
		try {
			return !raw(one, path).equals(raw(other, path));
		} catch {
			return true;
		}
	});
}

async function run(stage, browser, tap, all) {
	const scanned = stage.database("scanned");
	scanned.scan(join(stage.folder, "epochs"), all ? DOMAINS_OF_ALL : DOMAINS);
	const site = join(stage.folder, "site");
	const again = join(stage.folder, "again");
	scanned.report(site);
	await tap.test("the same scans make the same site, octet for octet", () => {
		scanned.report(again);
		return differences(site, again);
	});
	const filled = await testFigures(tap, "scanned", scanned, site, SCANS);
	for (const [epoch, scan] of SCANS.entries())
		await testPromises(tap, epoch, join(stage.folder, "epochs", String(epoch)),
			datasets(site, `scans/${scan}/data`), scanned, scan);
	await testProvenance(tap, "scanned", scanned, site, SCANS);
	await testTables(tap, browser, site, SCANS);
	await testCharts(tap, "scanned", browser, site);
	await testWords(tap, "scanned", browser, site, SCANS);
	await testPages(tap, browser, "scanned", site, all);
	return filled;
}

async function runMade(stage, browser, tap) {
	const made = stage.database("made");
	const scans = DAYS.map((day, i) => made.fill(i + 1, day, MADE_DOMAINS));
	const site = join(stage.folder, "made");
	made.report(site);
	const filled = await testFigures(tap, "made", made, site, scans);
	await testProvenance(tap, "made", made, site, scans);
	await testTables(tap, browser, site, scans);
	await testCharts(tap, "made", browser, site);
	await testWords(tap, "made", browser, site, scans);
	return filled;
}

async function runHostile(stage, browser, tap, all) {
	const hostile = stage.database("hostile");
	hostile.load("hostile.sql");
	const site = join(stage.folder, "hostile");
	hostile.report(site);
	await testHostile(tap, browser, site);
	await testPages(tap, browser, "hostile", site, all);
}

const all = process.argv[2] === "--all";
const stage = new Stage(process.argv[all ? 3 : 2] ?? "build");
const stop = () => process.exit(143);
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("exit", () => stage.close());
const tap = new Tap();
const browser = await launch();
try {
	const filled = [await run(stage, browser, tap, all), await runMade(stage, browser, tap)];
	await testFilled(tap, new Set(filled.flatMap((names) => [...names])));
	await runHostile(stage, browser, tap, all);
} finally {
	await browser.close();
}
process.exitCode = tap.end();
