#!/usr/bin/node
// Pictures of the main pages, wide and narrow, light and dark:
//
//	tests/web/screenshots.mjs [BUILD [SITE]]      into BUILD/screenshots
//
// SITE is a site that is there; else the laboratory is scanned for one.

import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { NARROW, WIDE, launch } from "./browser.mjs";
import { Stage } from "./database.mjs";
import { oneOfEachKind } from "./pages.mjs";

const TALLEST = 9000;
const DOMAINS = 160;

async function shoot(browser, site, folder, path, size, colorScheme) {
	const page = await browser.newPage({ viewport: size, colorScheme });
	await page.goto(pathToFileURL(join(site, path)).href);
	const height = await page.evaluate(() => document.documentElement.scrollHeight);
	const name = path.replace(/\/?index\.html$/, "").replaceAll("/", "-") || "index";
	const file = join(folder, `${name}-${size.width}${colorScheme === "dark" ? "-dark" : ""}.png`);
	const clip = { x: 0, y: 0, width: size.width, height: Math.min(height, TALLEST) };
	await page.screenshot({ path: file, fullPage: true, clip });
	console.log(file);
	await page.close();
}

async function shootAll(site, folder) {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const browser = await launch();
	for (const path of oneOfEachKind(site)) {
		for (const size of [WIDE, NARROW])
			await shoot(browser, site, folder, path, size, "light");
		if (path === "index.html")
			await shoot(browser, site, folder, path, WIDE, "dark");
	}
	await browser.close();
}

const build = process.argv[2] ?? "build";
const folder = resolve(build, "screenshots");
if (process.argv[3] !== undefined) {
	await shootAll(resolve(process.argv[3]), folder);
} else {
	const stage = new Stage(build);
	try {
		const scanned = stage.database("scanned");
		scanned.scan(join(stage.folder, "epochs"), DOMAINS);
		scanned.report(join(stage.folder, "site"));
		await shootAll(join(stage.folder, "site"), folder);
	} finally {
		stage.close();
	}
}
