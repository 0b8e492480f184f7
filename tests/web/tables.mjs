// The tables of the pages against the files that they are made of: the same
// values, in the same order; and with JavaScript, in the order of any column.

import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { open } from "./browser.mjs";
import { table } from "./files.mjs";
import { pagesOf } from "./pages.mjs";

const DASH = "–";
const HALF_OF_LAST = 0.0051; // a share is shown with two digits
const SHOWN_MAX = 200;

/** "1,234", "−5", "17.90 %" as a number. */
const number = (text) => Number(text.replace("−", "-").replace("±", "").replace(/[^0-9.-]/g, ""));

// Headings of columns that show how much more there is now.
const CHANGE = /since|change|in a year/i;

/** Does the cell show that value of the file? row: all values beside it. */
function shows(text, column, row) {
	const value = row[column.name];
	if (value === "")
		return text === DASH;
	const of_ = column.name.replace(/^(previous|year)_/, "");
	if (of_ !== column.name && CHANGE.test(column.heading)) {
		const change = Number(row[of_]) - Number(value);
		return text.includes("pp") ? Math.abs(number(text) - 100 * change) < HALF_OF_LAST
			: number(text) === change;
	}
	switch (column.type) {
	case "part of one":
		if (/^[<>]/.test(text))
			return Math.abs(number(text) - 100 * Number(value)) < 0.01;
		return Math.abs(number(text) - 100 * Number(value)) < HALF_OF_LAST;
	case "whole number":
	case "number":
		return number(text) === Number(value);
	case "time, UTC":
	case "day":
		return value.replace("T", " ").startsWith(text.replace(" UTC", ""));
	default:
		return text === value || text.endsWith("…") &&
			[...value].slice(0, SHOWN_MAX).join("") === text.slice(0, -1);
	}
}

/** Columns of each data set by their help, from the dictionary of a page. */
async function dictionary(page, url) {
	await page.goto(url);
	const found = await page.evaluate(() =>
		[...document.querySelectorAll("details.data")].map((data) => ({
			name: data.id.replace(/^data-/, ""),
			columns: [...data.querySelectorAll("tbody tr")].map((row) => {
				const [name, type, help] = [...row.cells].map((c) => c.textContent);
				return { name, type, help };
			}),
		})));
	return new Map(found.map((data) => [data.name, data.columns]));
}

const readTables = () => [...document.querySelectorAll("figure")].flatMap((figure) => {
	const csv = figure.querySelector(".files a[href$='.csv']")?.href;
	return [...figure.querySelectorAll("table")].map((t) => ({
		id: figure.id,
		csv,
		heads: [...t.tHead.rows[0].cells].map((c) => ({ help: c.title, heading: c.textContent })),
		rows: [...t.tBodies[0].rows].map((r) => [...r.cells].map((c) => c.textContent.trim())),
	}));
});

/** Every row of the table is one of the file, in the same order. */
function compare(shown, columns, rows) {
	const known = shown.heads.map(({ help, heading }) =>
		({ ...columns.find((c) => c.help === help), heading }));
	const unknown = known.find((column) => column.name === undefined);
	if (unknown !== undefined)
		return [`a column is not in the dictionary: ${unknown.heading}`];
	let next = 0;
	for (const cells of shown.rows) {
		const from = next;
		while (next < rows.length && !cells.every((text, i) => shows(text, known[i], rows[next])))
			next++;
		if (next++ === rows.length)
			return [`not in the file after row ${from}: ${cells.join(" | ")}`];
	}
	return shown.rows.length === 0 ? ["an empty table"] : [];
}

async function compareAll(browser, site) {
	const wrong = [];
	let tables = 0;
	const page = await open(browser, site, false, (what) => wrong.push(what));
	const columns = await dictionary(page, pathToFileURL(join(site, "data/index.html")).href);
	for (const path of pagesOf(site)) {
		await page.goto(pathToFileURL(join(site, path)).href);
		for (const shown of await page.evaluate(readTables)) {
			const file = relative(site, fileURLToPath(shown.csv));
			const name = file.replace(/^.*\//, "").replace(/\.csv$/, "");
			const found = compare(shown, columns.get(name), table(site, file));
			wrong.push(...found.map((what) => `${path}#${shown.id}: ${what}`));
			tables++;
		}
	}
	await page.context().close();
	return tables === 0 ? ["there are no tables"] : wrong;
}

/** Clicks on every heading of a page, twice: by that column, up and down. */
const clickAll = () => [...document.querySelectorAll("th button")].flatMap((button) =>
	[1, 2].map(() => {
		button.click();
		const heading = button.closest("th");
		const rows = [...heading.closest("table").tBodies[0].rows];
		return {
			heading: heading.textContent,
			sort: heading.getAttribute("aria-sort"),
			numeric: heading.classList.contains("n"),
			cells: rows.map((r) => r.cells[heading.cellIndex].textContent.trim()),
		};
	}));

async function sortAll(browser, site, paths) {
	const wrong = [];
	const page = await open(browser, site, true, (what) => wrong.push(what));
	for (const path of paths) {
		await page.goto(pathToFileURL(join(site, path)).href);
		const states = await page.evaluate(clickAll);
		if (states.length === 0)
			wrong.push(`${path}: nothing to sort by`);
		for (const state of states)
			if (!isSorted(state))
				wrong.push(`${path}: ${JSON.stringify(state).slice(0, 300)}`);
		if (states.some((state, i) => i % 2 === 1 && state.sort === states[i - 1].sort))
			wrong.push(`${path}: a second click does not turn the order`);
	}
	await page.context().close();
	return wrong;
}

function isSorted({ sort, numeric, cells }) {
	const keys = cells.map((text) => !numeric ? text : text === DASH ? -Infinity : number(text));
	if (sort === "descending")
		keys.reverse();
	else if (sort !== "ascending")
		return false;
	return keys.every((key, i) => i === 0 || keys[i - 1] <= key);
}

const readCards = () => ({
	title: document.querySelector("h1").textContent,
	lede: document.querySelector(".lede").textContent.replace(/\s+/g, " "),
	cards: [...document.querySelectorAll(".card")].map((card) => ({
		what: card.querySelector(".what").textContent,
		big: card.querySelector(".big").textContent.trim(),
		of_: card.querySelector(".of").textContent,
	})),
});

const share = (row) => `${(100 * Number(row.share)).toFixed(2)}\u00a0%`;
const count = (text) => Number(text).toLocaleString("en-US");

/** The numbers that stand in the text of the first pages: those of the scan. */
async function headlines(browser, site, scans) {
	const wrong = [];
	const page = await open(browser, site, false, (what) => wrong.push(what));
	const pages = [["index.html", scans.at(-1)], ...scans.map((id) => [`scans/${id}/index.html`, id])];
	for (const [path, scan] of pages) {
		const rows = table(site, `scans/${scan}/data/key_figures.csv`)
			.filter((row) => row.section === "headline");
		const of_ = (figure) => rows.find((row) => row.figure === figure);
		await page.goto(pathToFileURL(join(site, path)).href);
		const found = await page.evaluate(readCards);
		if (!found.title.startsWith(share(of_("correct"))))
			wrong.push(`${path}: ${found.title}, not ${share(of_("correct"))}`);
		for (const text of [count(of_("correct").total), count(of_("correct").value)])
			if (!found.lede.includes(` ${text} `))
				wrong.push(`${path}: no ${text} in: ${found.lede}`);
		if (found.cards.length < 4)
			wrong.push(`${path}: ${found.cards.length} cards`);
		for (const card of found.cards) {
			const row = rows.find((r) => r.meaning === card.what);
			const big = row?.share === "" ? count(row.value) : row && share(row);
			const parts = row?.total === "" ? "" : row && `${count(row.value)} of ${count(row.total)}`;
			if (big !== card.big || !card.of_.replace(/\s+/g, " ").includes(parts))
				wrong.push(`${path}: ${JSON.stringify(card)}, not ${big}, ${parts}`);
		}
	}
	await page.context().close();
	return wrong;
}

export async function testTables(tap, browser, site, scans) {
	await tap.test("the first page of each scan says its figures in words", () =>
		headlines(browser, site, scans));
	await tap.test("tables have the values of their files, in their order", () =>
		compareAll(browser, site));
	await tap.test("with JavaScript tables are sorted by any column", () =>
		sortAll(browser, site, ["index.html", "provider/index.html"]));
	await tap.test("the newest pages and the permanent ones of that scan show the same", () =>
		samePages(browser, site));
}

/** What stays under scans/ID/ says what the newest pages say. */
async function samePages(browser, site) {
	const paths = pagesOf(site);
	const folders = paths.map((p) => p.match(/^scans\/([0-9]+)\/index\.html$/)?.[1])
		.filter(Boolean).map(Number).sort((a, b) => b - a);
	if (folders.length === 0)
		return ["there is no permanent page"];
	const newest = `scans/${folders[0]}/`;
	const page = await open(browser, site, false, () => {});
	const read = async (path) => {
		await page.goto(pathToFileURL(join(site, path)).href);
		return page.evaluate(() => [...document.querySelectorAll("main figure table, main h1")]
			.map((e) => e.textContent).join("\n"));
	};
	const wrong = [];
	for (const path of paths.filter((p) => p.startsWith(newest))) {
		const other = path.slice(newest.length);
		if (paths.includes(other) && await read(path) !== await read(other))
			wrong.push(`${path} and ${other} differ`);
	}
	await page.context().close();
	return wrong;
}
