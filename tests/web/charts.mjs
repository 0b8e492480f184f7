// Charts against the files that they are made of, by what the description of the
// site (report/*.xml) says of each: every number that is written in one, and the
// lengths and heights of what is drawn.

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { open } from "./browser.mjs";
import { HERE } from "./database.mjs";
import { table } from "./files.mjs";
import { pagesOf } from "./pages.mjs";

const SPECS = resolve(HERE, "../../report");
const NEAR = 0.6; // of a pixel
const THINNEST = 1.5; // bar that there is at all
const LABEL_MAX = 12; // characters that a label keeps for sure

const attributes = (text) => Object.fromEntries(
	[...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));

/** By the id of the figure: what its chart shows, of which data set. */
function charts() {
	const found = new Map();
	for (const name of readdirSync(SPECS).filter((file) => file.endsWith(".xml"))) {
		const text = readFileSync(join(SPECS, name), "utf8");
		for (const [, figure, body] of text.matchAll(/<figure ([^>]*)>(.*?)<\/figure>/gs)) {
			const chart = body.match(/<chart ([^>]*)\/>/)?.[1];
			if (chart !== undefined)
				found.set(attributes(figure).id, { ...attributes(chart), data: attributes(figure).data });
		}
	}
	return found;
}

/** The rows of the file that the chart shows. */
function rowsOf(chart, rows) {
	const [column, ...values] = (chart.only ?? "").split(" ");
	const shown = rows.filter((row) => chart.only === undefined || values.includes(row[column]));
	return shown.slice(0, Number(chart.rows ?? shown.length));
}

const count = (value) => Number(value).toLocaleString("en-US");

function percent(value, total) {
	const part = 100 * value / total;
	return part > 0 && part < 0.005 ? "<\u00a00.01\u00a0%" : part < 100 && part >= 99.995
		? ">\u00a099.99\u00a0%" : `${part.toFixed(2)}\u00a0%`;
}

/** "14 of 43 (32.56 %)"; on a telephone without "of 43". */
function words(row, chart, narrow) {
	const value = row[chart.columns], total = row[chart.total];
	if (value === "")
		return "not known";
	if (chart.total === undefined || total === "" || Number(total) <= 0)
		return count(value);
	return `${count(value)}${narrow ? "" : ` of ${count(total)}`} (${percent(value, total)})`;
}

/** Are two lists of numbers in the same proportion, to a part of a pixel, but for
 * what would be shorter than least? */
function proportional(lengths, values, least = 0) {
	const most = values.indexOf(Math.max(...values));
	const scale = values[most] > 0 ? lengths[most] / values[most] : 0;
	return lengths.length === values.length &&
		lengths.every((length, i) => Math.abs(length -
			(values[i] > 0 ? Math.max(least, scale * values[i]) : 0)) < NEAR);
}

/** The cells of the columns that label a row. */
const nameOf = (row, chart) => chart.label.split(" ").map((column) => row[column]).join(" \u00b7 ");

const labelled = (label, value) => label === value ||
	label.startsWith([...value].slice(0, LABEL_MAX).join(""));

function bars(svg, chart, rows) {
	const wrong = [];
	if (svg.rows.length !== rows.length)
		return [`${svg.rows.length} bars of ${rows.length} rows`];
	svg.rows.forEach(({ texts }, i) => {
		const [label, text] = texts;
		const wanted = words(rows[i], chart, svg.narrow);
		if (!labelled(label, nameOf(rows[i], chart)) || text !== wanted)
			wrong.push(`${texts.join(": ")}, not ${nameOf(rows[i], chart)}: ${wanted}`);
	});
	const values = rows.map((row) => Number(row[chart.columns]));
	const lengths = svg.rows.map(({ bars: [bar] }) => bar?.width ?? 0);
	if (!proportional(lengths, values, THINNEST))
		wrong.push(`lengths ${lengths} of ${values}`);
	return wrong;
}

/** The parts of each bar; they fill it. Only parts that there are are drawn. */
function stacks(svg, chart, rows) {
	const wrong = [];
	const columns = chart.columns.split(" ");
	if (svg.rows.length !== rows.length)
		return [`${svg.rows.length} bars of ${rows.length} rows`];
	svg.rows.forEach(({ texts, bars: parts }, i) => {
		const values = columns.map((name, c) => [c + 1, Number(rows[i][name])]).filter(([, v]) => v > 0);
		const sum = values.reduce((all, [, value]) => all + value, 0);
		if (!labelled(texts[0], nameOf(rows[i], chart)) || texts[1] !== count(sum))
			wrong.push(`${texts.join(": ")}, not ${nameOf(rows[i], chart)}: ${count(sum)}`);
		if (parts.map((p) => p.series).join() !== values.map(([c]) => c).join() ||
			!proportional(parts.map((p) => p.width), values.map(([, value]) => value)))
			wrong.push(`${texts[0]}: ${JSON.stringify(parts)} of ${values.join("; ")}`);
	});
	return wrong;
}

/** Heights against the two ends of the axis. */
function lines(svg, chart, rows) {
	const wrong = [];
	const factor = chart.unit === "%" ? 100 : 1;
	const ticks = svg.ticks.map(([text, y]) => [Number(text.replace(/[^0-9.-]/g, "")), y]);
	const [low, high] = [ticks[0], ticks.at(-1)];
	const height = (value) => low[1] + (value - low[0]) * (high[1] - low[1]) / (high[0] - low[0]);
	chart.columns.split(" ").forEach((column, c) => {
		const values = rows.map((row) => row[column]).filter((value) => value !== "");
		const points = svg.marks.filter((mark) => mark.series === c + 1).map((mark) => mark.y);
		if (points.length !== values.length || points.some((y, i) =>
			Math.abs(y - height(factor * Number(values[i]))) > NEAR))
			wrong.push(`${column}: ${points} are not ${values} (${JSON.stringify(ticks)})`);
	});
	return wrong;
}

const KINDS = { bars, stacks, lines };

/** What is drawn and written in every chart of a page. */
const readCharts = () => [...document.querySelectorAll("figure svg.chart")].map((svg) => {
	const series = (e) => Number(e.getAttribute("class")?.match(/\bs([0-9])\b/)?.[1]);
	const number = (e, name) => Number(e.getAttribute(name));
	return {
		id: svg.closest("figure").id,
		csv: svg.closest("figure").querySelector(".files a[href$='.csv']")?.getAttribute("href"),
		narrow: !svg.classList.contains("wide"),
		rows: [...svg.querySelectorAll("g:not(.key):not(.axis)")].map((row) => ({
			texts: [...row.querySelectorAll("text")].map((t) => t.textContent),
			bars: [...row.querySelectorAll("rect.a")].map((bar) => ({
				series: series(bar),
				width: number(bar, "width"),
			})),
		})),
		ticks: [...(svg.querySelector("g.axis") ?? svg).querySelectorAll("path + text")].map((text) =>
			[text.textContent, Number(text.previousElementSibling.getAttribute("d").match(/^M[-0-9.]+ ([-0-9.]+)/)[1])]),
		marks: [...svg.querySelectorAll("path.m[transform]")].filter((m) => !m.closest("g.key")).map((mark) => ({
			series: series(mark),
			y: Number(mark.getAttribute("transform").match(/translate\([-0-9.]+ ([-0-9.]+)\)/)[1]),
		})),
	};
});

export async function testCharts(tap, name, browser, site) {
	await tap.test(`${name}: charts show what their files say`, async () => {
		const wrong = [];
		const specs = charts();
		const seen = new Set();
		const page = await open(browser, site, false, (what) => wrong.push(what));
		for (const path of pagesOf(site)) {
			await page.goto(pathToFileURL(join(site, path)).href);
			for (const svg of await page.evaluate(readCharts)) {
				const chart = specs.get(svg.id);
				const rows = rowsOf(chart, table(site, join(path, "..", svg.csv)));
				seen.add(chart.kind);
				wrong.push(...KINDS[chart.kind](svg, chart, rows)
					.map((what) => `${path}#${svg.id}${svg.narrow ? ", narrow" : ""}: ${what}`));
			}
		}
		await page.context().close();
		return [...wrong, ...Object.keys(KINDS).filter((kind) => !seen.has(kind)).map((kind) => `no ${kind}`)];
	});
}
