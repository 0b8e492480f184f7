// Every page as a reader has it: with and without JavaScript, on a telephone and
// on a desk, in the dark and on paper.

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
	NARROW, WIDE, colours, injectAxe, open, overflow, scriptSwitch, scrolling,
	violations,
} from "./browser.mjs";
import { files, raw, text } from "./files.mjs";

const PAGE_MAX = 500_000;

const isPage = (path) => path.endsWith(".html");
export const pagesOf = (site) => files(site).filter(isPage);

// Pages at a time.
const WORKERS = Math.max(2, cpus().length);

// The two ways to read a page; in each both widths, by day at one, in the dark at
// the other.
const WAYS = [
	{ name: "without JavaScript", scripts: false, views: [[NARROW, "light"], [WIDE, "dark"]] },
	{ name: "with JavaScript", scripts: true, views: [[WIDE, "light"], [NARROW, "dark"]] },
];

/** The pages that are one of a kind, and one each of the others: of keys, and of
 * scans, whose permanent pages are made as the newest ones are. */
export function oneOfEachKind(site) {
	const seen = new Set();
	return pagesOf(site).filter((path) => {
		const folders = path.split("/").slice(0, -1);
		if (folders.length < 2)
			return true;
		const kind = `${folders[0]} ${folders.length}`;
		return !seen.has(kind) && seen.add(kind);
	});
}

/** One h1, a title, a language, and something to read. */
async function isWhole(page) {
	const found = await page.evaluate(() => ({
		h1: document.querySelectorAll("h1").length,
		title: document.title,
		lang: document.documentElement.lang,
		length: document.body.innerText.trim().length,
	}));
	const whole = found.h1 === 1 && found.title !== "" && found.lang !== "" && found.length >= 100;
	return whole ? [] : [`not a whole page: ${JSON.stringify(found)}`];
}

/** Whom the links, pictures and styles of a page lead to. */
const readReferences = () => ({
	ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
	links: [...document.querySelectorAll("[href], [src]")].map((e) => ({
		url: e.href?.baseVal ?? e.href ?? e.src,
		isLink: e.tagName === "A",
	})),
});

/** Links that lead nowhere; and what is not a link and leads elsewhere. */
function brokenLinks(site, references) {
	const ids = new Map([...references].map(([path, found]) => [join(site, path), found.ids]));
	const links = [...references].flatMap(([path, found]) =>
		found.links.map((link) => ({ ...link, path })));
	const wrong = [];
	for (const { url: written, isLink, path } of links) {
		const url = new URL(written, pathToFileURL(join(site, path)));
		if (url.protocol !== "file:") {
			if (!isLink || !["https:", "mailto:"].includes(url.protocol))
				wrong.push(`${path}: ${written}`);
			continue;
		}
		const target = fileURLToPath(new URL(url.pathname, "file:"));
		if (!target.startsWith(`${site}/`) || !existsSync(target) || statSync(target).isDirectory())
			wrong.push(`${path}: no ${written}`);
		else if (url.hash !== "" && isPage(target) && !ids.get(target)?.includes(decodeURIComponent(url.hash.slice(1))))
			wrong.push(`${path}: nothing is called ${written}`);
	}
	for (const [path, all] of ids)
		if (new Set(all).size !== all.length)
			wrong.push(`${path}: an id twice: ${all.filter((id, i) => all.indexOf(id) !== i)}`);
	return [...new Set(wrong)];
}

function tooLarge(site) {
	return pagesOf(site)
		.filter((path) => statSync(join(site, path)).size > PAGE_MAX)
		.map((path) => `${path}: ${statSync(join(site, path)).size} octets`);
}

/** SHA256SUMS names every other file, with the right digest. */
function wrongSums(site) {
	const wrong = [];
	const named = new Set();
	for (const list of files(site).filter((path) => path.endsWith("SHA256SUMS")))
		for (const line of text(site, list).split("\n").filter(Boolean)) {
			const [, digest, name] = line.match(/^([0-9a-f]{64}) [ *](.+)$/) ?? [];
			const path = join(dirname(list), name ?? "");
			named.add(path);
			const found = name && existsSync(join(site, path)) &&
				createHash("sha256").update(raw(site, path)).digest("hex");
			if (found !== digest)
				wrong.push(`${list}: ${line}`);
		}
	for (const path of files(site))
		if (!named.has(path) && !path.endsWith("SHA256SUMS"))
			wrong.push(`${path} is in no SHA256SUMS`);
	return wrong;
}

/** A drawing has a name, words, and nothing that is fetched or run. */
async function drawings(page) {
	const found = await page.evaluate(() => [...document.querySelectorAll("svg")].map((svg) => ({
		id: svg.id || svg.closest("[id]")?.id,
		hidden: svg.getAttribute("aria-hidden") === "true",
		role: svg.getAttribute("role"),
		title: svg.querySelector("title")?.textContent ?? "",
		text: svg.querySelector("desc")?.textContent ?? "",
		marks: svg.querySelectorAll("path, rect, line, circle, polyline, polygon").length,
		active: svg.querySelectorAll("script, foreignObject, image, a, use").length,
	})));
	return found.filter((svg) => !svg.hidden && (svg.role !== "img" || svg.title === "" ||
		svg.text === "" || svg.marks === 0 || svg.active > 0))
		.map((svg) => `drawing ${JSON.stringify(svg)}`);
}

/** What is wrong, by the check that found it. */
class Findings {
	constructor() {
		this.lists = new Map();
	}

	add(check, ...texts) {
		this.lists.set(check, [...this.of(check), ...texts]);
	}

	of(check) {
		return this.lists.get(check) ?? [];
	}
}

/** Headings are buttons where there is something to sort, and a script to do it. */
async function sortable(page, scripts) {
	const [tables, buttons] = await page.evaluate(() => [
		[...document.querySelectorAll("figure table")].filter((t) => t.tBodies[0].rows.length > 1).length,
		document.querySelectorAll("th button").length,
	]);
	return (buttons > 0) === (scripts && tables > 0) ? []
		: [`${buttons} buttons in ${tables} tables that can be sorted`];
}

/** One page in one of the two ways: layout and axe at both widths. */
async function lookAt(page, { scripts, views }, thorough, say) {
	await say("whole", isWhole(page));
	await say("whole", sortable(page, scripts));
	await say("drawings", drawings(page));
	if (thorough)
		await injectAxe(page);
	for (const [size, colorScheme] of views) {
		const told = (what) => what.map((w) => `${size.width} px, ${colorScheme}: ${w}`);
		await page.emulateMedia({ media: "screen", colorScheme });
		await page.setViewportSize(size);
		await say("fits", overflow(page).then(told));
		if (size === WIDE)
			await say("fits", scrolling(page).then(told));
		if (thorough)
			await say("axe", violations(page).then(told));
	}
	if (thorough && scripts)
		await say("colours", colours(page));
}

/** Every page in both ways, some thoroughly; references: what leads from each to
 * where. */
async function survey(browser, site, { paths, thorough }, references) {
	const findings = new Findings();
	const rest = [...paths];
	const work = async () => {
		let where = "";
		const page = await open(browser, site, true, (what) => findings.add("quiet", `${where}: ${what}`));
		const allow = await scriptSwitch(page);
		const say = async (check, what) =>
			findings.add(check, ...(await what).map((w) => `${where}: ${w}`));
		while (rest.length > 0) {
			const path = rest.shift();
			for (const way of WAYS) {
				where = `${path}, ${way.name}`;
				await allow(way.scripts);
				await page.goto(pathToFileURL(join(site, path)).href, { waitUntil: "load" });
				await allow(true);
				if (!way.scripts)
					references.set(path, await page.evaluate(readReferences));
				await lookAt(page, way, thorough.has(path), say);
			}
		}
		await page.context().close();
	};
	await Promise.all(Array.from({ length: WORKERS }, work));
	return findings;
}

/** Every page of the site, in every way that it is read. all: every page goes by
 * axe and through all colours, which takes a second each; else one of each kind. */
export async function testPages(tap, browser, name, site, all) {
	const paths = pagesOf(site);
	const thorough = new Set(all ? paths : oneOfEachKind(site));
	const references = new Map();
	let findings = new Findings();
	await tap.test(`${name}: all ${paths.length} pages were looked at, with and without JavaScript`, async () => {
		findings = await survey(browser, site, { paths, thorough }, references);
		return paths.filter((path) => !references.has(path));
	});
	const told = (what, check) =>
		tap.test(`${name}: ${what}`, () => findings.of(check).sort());
	await told("no error on the console, nothing is fetched from elsewhere", "quiet");
	await told("pages are whole", "whole");
	await told("drawings have names and words", "drawings");
	await told("nothing is wider than the screen, 360 or 1280 px, where no table scrolls", "fits");
	const some = `${thorough.size} pages`;
	await told(`axe finds nothing in ${some}, at either width, by day or in the dark`, "axe");
	await told(`light, dark and print of ${some} have their colours, and paper is wide enough`, "colours");
	await tap.test(`${name}: links are whole`, () => brokenLinks(site, references));
	await tap.test(`${name}: no page is over ${PAGE_MAX} octets`, () => tooLarge(site));
	await tap.test(`${name}: SHA256SUMS has every file`, () => wrongSums(site));
}
