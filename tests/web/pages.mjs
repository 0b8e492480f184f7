// Every page as a reader has it: with and without JavaScript, on a telephone and
// on a desk, in the dark and on paper.

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { NARROW, WIDE, colours, open, overflow, violations } from "./browser.mjs";
import { files, raw, text } from "./files.mjs";

const PAGE_MAX = 500_000;

const isPage = (path) => path.endsWith(".html");
export const pagesOf = (site) => files(site).filter(isPage);

// Pages of one kind differ by their data.
const OF_A_KIND = 1;
const WORKERS = 2;

/** Runs look(page, say, path) on pages in one of the two browsers. */
async function everyPage(browser, site, javaScript, look, paths = pagesOf(site)) {
	const wrong = [];
	const rest = [...paths];
	const work = async () => {
		let current = "";
		const say = (what) => wrong.push(`${current}: ${what}`);
		const page = await open(browser, site, javaScript, say);
		while (rest.length > 0) {
			current = rest.shift();
			await page.goto(pathToFileURL(join(site, current)).href, { waitUntil: "load" });
			await look(page, say, current);
		}
		await page.context().close();
	};
	await Promise.all(Array.from({ length: WORKERS }, work));
	return wrong.sort();
}

/** The pages that are one of a kind, and of the others a few: of keys, and of
 * scans, whose permanent pages are made as the newest ones are. */
export function someOfEachKind(site) {
	const seen = new Map();
	return pagesOf(site).filter((path) => {
		const folders = path.split("/").slice(0, -1);
		if (folders.length < 2)
			return true;
		const kind = `${folders[0]} ${folders.length}`;
		seen.set(kind, (seen.get(kind) ?? 0) + 1);
		return seen.get(kind) <= OF_A_KIND;
	});
}

async function fits(page, say) {
	for (const size of [WIDE, NARROW]) {
		await page.setViewportSize(size);
		for (const what of await overflow(page))
			say(`${size.width} px: ${what}`);
	}
}

/** One h1, a title, a language, and something to read. */
async function isWhole(page, say) {
	const found = await page.evaluate(() => ({
		h1: document.querySelectorAll("h1").length,
		title: document.title,
		lang: document.documentElement.lang,
		length: document.body.innerText.trim().length,
	}));
	if (found.h1 !== 1 || found.title === "" || found.lang === "" || found.length < 100)
		say(`not a whole page: ${JSON.stringify(found)}`);
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
async function drawings(page, say) {
	const found = await page.evaluate(() => [...document.querySelectorAll("svg")].map((svg) => ({
		id: svg.id || svg.closest("[id]")?.id,
		hidden: svg.getAttribute("aria-hidden") === "true",
		role: svg.getAttribute("role"),
		title: svg.querySelector("title")?.textContent ?? "",
		text: svg.querySelector("desc")?.textContent ?? "",
		marks: svg.querySelectorAll("path, rect, line, circle, polyline, polygon").length,
		active: svg.querySelectorAll("script, foreignObject, image, a, use").length,
	})));
	for (const svg of found)
		if (!svg.hidden && (svg.role !== "img" || svg.title === "" || svg.text === "" ||
			svg.marks === 0 || svg.active > 0))
			say(`drawing ${JSON.stringify(svg)}`);
}

/** Wide in the dark; narrow in the light, without the site's script. */
async function accessible(browser, site) {
	const wrong = [];
	const look = async (script) => {
		const page = await browser.newPage(script ? { viewport: WIDE, colorScheme: "dark" }
			: { viewport: NARROW, colorScheme: "light" });
		if (!script)
			await page.route("**/*.js", (route) => route.abort());
		for (const path of someOfEachKind(site)) {
			await page.goto(pathToFileURL(join(site, path)).href);
			wrong.push(...(await violations(page)).map((what) => `${path}: ${what}`));
		}
		await page.close();
	};
	await Promise.all([look(true), look(false)]);
	return wrong;
}

/** scripted: look at all of them with JavaScript, too. */
export async function testPages(tap, browser, name, site, scripted = true) {
	const references = new Map();
	await tap.test(`${name}: without JavaScript every page is whole and fits`, () =>
		everyPage(browser, site, false, async (page, say, path) => {
			references.set(path, await page.evaluate(readReferences));
			await isWhole(page, say);
			await drawings(page, say);
			await fits(page, say);
		}));
	if (scripted)
		await tap.test(`${name}: with JavaScript every page fits`, () =>
			everyPage(browser, site, true, fits));
	await tap.test(`${name}: links are whole, nothing is fetched from elsewhere`, () =>
		brokenLinks(site, references));
	await tap.test(`${name}: light, dark and print have their colours, and paper is wide enough`, () =>
		everyPage(browser, site, true, async (page, say) => {
			for (const what of await colours(page))
				say(what);
		}, someOfEachKind(site)));
	await tap.test(`${name}: axe finds nothing`, () => accessible(browser, site));
	await tap.test(`${name}: no page is over ${PAGE_MAX} octets`, () => tooLarge(site));
	await tap.test(`${name}: SHA256SUMS has every file`, () => wrongSums(site));
}
