// What strangers send is text: in HTML, SVG, CSV, JSON, Atom and the names of files.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { open } from "./browser.mjs";
import { files, parseCsv, text } from "./files.mjs";
import { pagesOf } from "./pages.mjs";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._~+-]{0,199}$/;
// Controls; and marks that turn the direction of what follows, or hide.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/;
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
// What a spreadsheet computes, when a cell begins with it.
const FORMULA = /^\s*[=+\-@\t\r]/;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/;
const DROPPED = "/tmp/danescan-evil";
const SHOWN = "<script>window.pwned=1</script>";

const ofKind = (site, ...ends) => files(site).filter((p) => ends.some((e) => p.endsWith(e)));

function names(site) {
	return files(site).filter((path) => !path.split("/").every((part) => NAME.test(part)));
}

function characters(site) {
	const wrong = [];
	for (const path of ofKind(site, ".html", ".svg", ".atom", ".xml", ".txt", ".css", ".js")) {
		const source = text(site, path);
		for (const [what, pattern] of [["a control", CONTROLS], ["a turn", TURNS]]) {
			const found = source.match(pattern);
			if (found)
				wrong.push(`${path}: ${what} at ${found.index}: ${JSON.stringify(source.slice(Math.max(0, found.index - 40), found.index + 20))}`);
		}
	}
	return wrong;
}

function cells(site) {
	const wrong = [];
	for (const path of ofKind(site, ".csv")) {
		const [head, ...rows] = parseCsv(text(site, path));
		for (const row of rows) {
			if (row.length !== head.length)
				wrong.push(`${path}: ${row.length} fields, not ${head.length}`);
			for (const field of row)
				if (FORMULA.test(field) && !NUMBER.test(field))
					wrong.push(`${path}: a formula: ${JSON.stringify(field.slice(0, 40))}`);
		}
	}
	return wrong;
}

function json(site) {
	return ofKind(site, ".json").flatMap((path) => {
		try {
			JSON.parse(text(site, path));
			return [];
		} catch (error) {
			return [`${path}: ${error.message}`];
		}
	});
}

/** By the browser's own XML parser. */
async function xml(browser, site) {
	const wrong = [];
	const page = await browser.newPage();
	for (const path of ofKind(site, ".svg", ".atom", ".xml")) {
		const found = await page.evaluate((source) => {
			const parsed = new DOMParser().parseFromString(source, "application/xml");
			const active = [...parsed.querySelectorAll("*")].filter((e) =>
				["script", "foreignObject", "image", "iframe"].includes(e.localName) ||
				[...e.attributes].some((a) => a.name.startsWith("on") ||
					/^\s*javascript:/i.test(a.value)));
			return parsed.querySelector("parsererror")?.textContent ??
				active.map((e) => e.outerHTML.slice(0, 80)).join(" ");
		}, text(site, path));
		if (found)
			wrong.push(`${path}: ${found.slice(0, 200)}`);
	}
	await page.close();
	return wrong;
}

/** Nothing ran, nothing came to stand in a page that its maker did not put there. */
async function pages(browser, site) {
	const wrong = [];
	let current = "", shown = 0;
	const page = await open(browser, site, true, (what) => wrong.push(`${current}: ${what}`));
	for (current of pagesOf(site)) {
		await page.goto(pathToFileURL(join(site, current)).href);
		const found = await page.evaluate((shown_) => ({
			pwned: globalThis.pwned,
			active: [...document.querySelectorAll("*")].filter((e) =>
				["IMG", "IFRAME", "OBJECT", "EMBED", "FORM", "BASE"].includes(e.tagName) ||
				[...e.attributes].some((a) => a.name.startsWith("on"))).map((e) => e.outerHTML.slice(0, 80)),
			links: [...document.querySelectorAll("a[href]")].map((a) => a.href).filter((h) =>
				/evil|^javascript:|^data:/.test(h) && !h.startsWith("file:")),
			shown: document.body.textContent.includes(shown_),
		}), SHOWN);
		if (found.pwned !== undefined || found.active.length > 0 || found.links.length > 0)
			wrong.push(`${current}: ${JSON.stringify(found).slice(0, 300)}`);
		shown += found.shown ? 1 : 0;
	}
	await page.context().close();
	if (shown === 0)
		wrong.push(`no page shows ${SHOWN}`);
	return wrong;
}

export async function testHostile(tap, browser, site) {
	await tap.test("hostile: files have names that mean nothing to anybody", () => names(site));
	await tap.test("hostile: nothing was written elsewhere", () =>
		existsSync(DROPPED) ? [DROPPED] : []);
	await tap.test("hostile: no control, no mark that turns text, in any page or drawing", () =>
		characters(site));
	await tap.test("hostile: no cell of a CSV file is a formula", () => cells(site));
	await tap.test("hostile: JSON is JSON", () => json(site));
	await tap.test("hostile: drawings and feeds are whole XML, and nothing in them acts", () =>
		xml(browser, site));
	await tap.test("hostile: in pages all is text", () => pages(browser, site));
}
