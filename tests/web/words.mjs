// The numbers that stand in words: headings, what is said below them, titles of
// figures, cards and the feed, against the files, by the description of the site
// (report/*.xml).

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { open } from "./browser.mjs";
import { HERE } from "./database.mjs";
import { files, table, text } from "./files.mjs";

const SPECS = resolve(HERE, "../../report");
const DASH = "\u2013";
const CHANGES_SHOWN = 5;

const plain = (words) => words.replace(/[\s\u00a0]+/g, " ").trim();
const attributes = (source) => Object.fromEntries(
	[...source.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));

const count = (value) => Number(value).toLocaleString("en-US");

function percent(share) {
	const part = 100 * Number(share);
	return part > 0 && part < 0.005 ? "< 0.01 %" : part < 100 && part >= 99.995 ? "> 99.99 %"
		: `${part.toFixed(2)} %`;
}

/** "+1.25", "\u22123", "\u00b10": what was added. */
function added(difference, digits) {
	const size = Math.abs(difference).toLocaleString("en-US",
		{ minimumFractionDigits: digits, maximumFractionDigits: digits });
	return !/[1-9]/.test(size) ? "\u00b10" : `${difference < 0 ? "\u2212" : "+"}${size}`;
}

/** The pages of the description: their attributes, and what has numbers in it. */
function pages() {
	const kinds = new Map();
	const found = readdirSync(SPECS).filter((file) => file.endsWith(".xml")).flatMap((name) => {
		const source = readFileSync(join(SPECS, name), "utf8");
		for (const [, column] of source.matchAll(/<column ([^>]*)>/g))
			kinds.set(attributes(column).name, attributes(column).kind);
		return [...source.matchAll(/<page ([^>]*)>(.*?)<\/page>/gs)].map(([, head, body]) => ({
			...attributes(head),
			parts: [
				...[...body.matchAll(/<(headline|lede)>(.*?)<\/\1>/gs)].map(([, what, words]) =>
					({ at: what === "lede" ? ".lede" : "h1", words })),
				...[...body.matchAll(/<figure ([^>]*)>\s*<title>(.*?)<\/title>/gs)].map(([, figure, words]) =>
					({ at: `#${attributes(figure).id} figcaption :is(h2, h3)`, words })),
			].filter(({ words }) => words.includes("<value")),
		}));
	}).filter(({ parts }) => parts.length > 0);
	return { found, kinds };
}

/** What a <value> stands for. rows: of a data set. */
function value({ data, column, only, last }, rows, kinds) {
	const [name, ...wanted] = (only ?? "").split(" ");
	const row = rows(data).filter((r) => only === undefined || wanted.includes(r[name])).at(last ? -1 : 0);
	if (row === undefined || row[column] === "")
		return DASH;
	return kinds.get(column) === "count" ? count(row[column])
		: kinds.get(column) === "share" ? percent(row[column]) : row[column];
}

const filled = (words, key, rows, kinds) => plain(words
	.replace(/<value ([^>]*)\/>/g, (_, given) => value(attributes(given), rows, kinds))
	.replace(/<key\/>/g, key).replace(/<[^>]*>/g, ""));

/** Where pages of a kind are: [path, key, folder of their files]. */
function places(site, page, scans) {
	if (page.by !== "scan")
		return files(site).filter((path) => path.match(/^[a-z]+\/[^/]+\/index\.html$/)?.[0].startsWith(`${page.by}/`))
			.map((path) => [path, path.split("/")[1], path.replace(/\/index.html$/, "")]);
	return [[page.path, scans.at(-1)], ...scans.map((scan) => [`scans/${scan}/${page.path}`, scan])]
		.map(([folder, scan]) => [join(folder, "index.html"), undefined, `scans/${scan}/data`])
		.filter(([path]) => existsSync(join(site, path)));
}

async function sentences(browser, site, scans) {
	const wrong = [];
	const { found, kinds } = pages();
	const page = await open(browser, site, false, (what) => wrong.push(what));
	let compared = 0;
	for (const spec of found)
		for (const [path, key, folder] of places(site, spec, scans)) {
			await page.goto(pathToFileURL(join(site, path)).href);
			for (const { at, words } of spec.parts) {
				const said = await page.evaluate((selector) => document.querySelector(selector)?.textContent, at);
				const wanted = filled(words, key, (data) => table(site, `${folder}/${data}.csv`), kinds);
				if (said !== undefined && plain(said) !== wanted)
					wrong.push(`${path}: ${plain(said)}\n not ${wanted}`);
				compared += said === undefined ? 0 : 1;
			}
		}
	await page.context().close();
	return compared < found.length ? [...wrong, `only ${compared} sentences`] : wrong;
}

const readCards = () => [...document.querySelectorAll(".card")].map((card) => ({
	what: card.querySelector(".what").textContent,
	changes: [...card.querySelectorAll(".change span")].map((span) => span.textContent),
}));

/** How much more there is than in the scan before, and than a year before. */
async function cards(browser, site, scans) {
	const wrong = [];
	const page = await open(browser, site, false, (what) => wrong.push(what));
	let compared = 0;
	for (const scan of scans) {
		const rows = table(site, `scans/${scan}/data/key_figures.csv`);
		await page.goto(pathToFileURL(join(site, `scans/${scan}/index.html`)).href);
		for (const card of await page.evaluate(readCards)) {
			const row = rows.find((r) => r.section === "headline" && r.meaning === card.what);
			const wanted = [["previous", "since the last scan"], ["year", "in a year"]]
				.filter(([when]) => row[`${when}_value`] !== "").map(([when, words]) => [
					...(row[`${when}_share`] === "" || row.share === "" ? []
						: [`${added(100 * (row.share - row[`${when}_share`]), 2)} pp`]),
					added(row.value - row[`${when}_value`], 0)].join(", ") + ` ${words}`);
			compared += wanted.length;
			if (card.changes.map(plain).join("; ") !== wanted.join("; "))
				wrong.push(`scan ${scan}: ${card.what}: ${card.changes.join("; ")}, not ${wanted.join("; ")}`);
		}
	}
	await page.context().close();
	return compared === 0 ? ["no card tells of a change"] : wrong;
}

/** An entry of the feed: its headline, and what changed most. */
function entry(site, scan) {
	const row = table(site, `scans/${scan}/data/key_figures.csv`)
		.find((r) => r.section === "headline" && r.figure === "correct");
	const kinds = table(site, `scans/${scan}/data/change_kinds.csv`).slice(0, CHANGES_SHOWN);
	const change = row.previous_share === "" ? ""
		: `, ${added(100 * (row.share - row.previous_share), 2)} pp since the scan before`;
	return {
		title: `: ${percent(row.share)} of signed mail domains have correct DANE`,
		summary: `${count(row.value)} of ${count(row.total)} domains whose MX answer validates${change}.` +
			(kinds.length === 0 ? "" : ` Changes since the scan before: ${
				kinds.map((kind) => `${kind.change} ${count(kind.domains)}`).join(", ")}.`),
	};
}

function feed(site, scans) {
	const entries = [...text(site, "feed.atom").matchAll(/<entry>(.*?)<\/entry>/gs)].map(([, source]) => {
		const of_ = (name) => plain(source.match(new RegExp(`<${name}>(.*?)</${name}>`, "s"))[1])
			.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
		return { title: of_("title"), summary: of_("summary") };
	});
	if (entries.length !== scans.length)
		return [`${entries.length} entries of ${scans.length} scans`];
	return scans.toReversed().flatMap((scan, i) => {
		const { title, summary } = entry(site, scan);
		const found = entries[i];
		return found.title.startsWith(`Scan ${scan} `) && found.title.endsWith(title) && found.summary === summary ? []
			: [`${found.title}: ${found.summary}\n not ${title}: ${summary}`];
	});
}

export async function testWords(tap, name, browser, site, scans) {
	await tap.test(`${name}: headings, ledes and titles say what the files say`, () =>
		sentences(browser, site, scans));
	await tap.test(`${name}: cards say what has changed`, () => cards(browser, site, scans));
	await tap.test(`${name}: the feed says what the files say`, () => feed(site, scans));
}
