// The browser, and what is looked at in every page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update",
	"--disable-sync",
	// No request finds a server, not even one that open() would tell of.
	"--host-resolver-rules=MAP * ~NOTFOUND",
];
const LIMIT_MS = 300_000; // for anything to happen
export const NARROW = { width: 360, height: 740 };
export const WIDE = { width: 1280, height: 800 };
const PAPER = { width: 718, height: 1000 }; // A4 between margins
const LIGHT_MIN = 0.8, DARK_MAX = 0.2;

export async function launch() {
	return chromium.launch({
		executablePath: "/usr/bin/chromium", args: FLAGS, timeout: LIMIT_MS,
	});
}

/** A page that tells what it must not do: say(problem) is called. */
export async function open(browser, site, javaScript, say) {
	const context = await browser.newContext({
		javaScriptEnabled: javaScript,
		viewport: NARROW,
		acceptDownloads: false,
	});
	const home = pathToFileURL(site).href;
	context.setDefaultTimeout(LIMIT_MS);
	const page = await context.newPage();
	page.on("request", (request) => {
		const url = request.url();
		if (!url.startsWith(`${home}/`) && !url.startsWith("data:"))
			say(`request: ${url}`);
	});
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			say(`console: ${message.text()}`);
	});
	page.on("pageerror", (error) => say(`script: ${error.message}`));
	page.on("requestfailed", (request) => say(`failed: ${request.url()}`));
	page.on("dialog", (dialog) => {
		say(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	return page;
}

/** Elements that reach beyond the page, when the page scrolls sideways. */
export async function overflow(page) {
	return page.evaluate(() => {
		const root = document.documentElement;
		const width = root.clientWidth;
		if (root.scrollWidth <= width)
			return [];
		const found = [];
		for (const e of document.querySelectorAll("body *")) {
			const box = e.getBoundingClientRect();
			if (box.right > width + 1 && !e.querySelector("*"))
				found.push(`${e.tagName} ${e.className} "${e.textContent.slice(0, 40)}"`);
		}
		return [`scrolls sideways: ${root.scrollWidth} of ${width} px, ${found.slice(0, 3).join("; ")}`];
	});
}

/** A switch for the scripts of what the page loads from then on. What was loaded
 * without stays as it is when they are allowed again: so axe, a script itself, can
 * look at the document of a browser that runs none. */
export async function scriptSwitch(page) {
	const session = await page.context().newCDPSession(page);
	return (on) => session.send("Emulation.setScriptExecutionDisabled", { value: !on });
}

/** Tables that scroll inside their boxes, with all that is folded open. */
export async function scrolling(page) {
	return page.evaluate(() => {
		const folded = [...document.querySelectorAll("details:not([open])")];
		folded.forEach((d) => { d.open = true; });
		const found = [...document.querySelectorAll(".scroll")]
			.filter((box) => box.scrollWidth > box.clientWidth)
			.map((box) => `${box.getAttribute("aria-label")} scrolls: ${box.scrollWidth} of ${box.clientWidth} px`);
		folded.forEach((d) => { d.open = false; });
		return found;
	});
}

/** Once for each document that violations() is asked about. */
export const injectAxe = (page) => page.evaluate(AXE);

/** preload: axe would fetch style sheets, which the pages' policy forbids. */
export async function violations(page) {
	const result = await page.evaluate(() => globalThis.axe.run(document, {
		resultTypes: ["violations"], selectors: false, preload: false,
	}));
	return result.violations.map((v) =>
		`${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
}

/** Luminance of the background and of the text, as they are computed. */
export async function brightness(page) {
	return page.evaluate(() => {
		const canvas = document.createElement("canvas").getContext("2d",
			{ willReadFrequently: true });
		const luminance = (colour) => {
			canvas.clearRect(0, 0, 1, 1);
			canvas.fillStyle = colour;
			canvas.fillRect(0, 0, 1, 1);
			const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
			return a === 0 ? 1 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
		};
		const style = getComputedStyle(document.body);
		const root = getComputedStyle(document.documentElement);
		const own = style.backgroundColor === "rgba(0, 0, 0, 0)" ? root : style;
		return { ground: luminance(own.backgroundColor), text: luminance(style.color) };
	});
}

/** What is wrong with the colours of light, dark and paper. */
export async function colours(page) {
	const wrong = [];
	const modes = [
		["light", { media: "screen", colorScheme: "light" }, false],
		["dark", { media: "screen", colorScheme: "dark" }, true],
		["print", { media: "print", colorScheme: "dark" }, false],
	];
	for (const [name, media, dark] of modes) {
		await page.emulateMedia(media);
		const { ground, text } = await brightness(page);
		if (dark ? ground > DARK_MAX || text < LIGHT_MIN / 1.3
			: ground < LIGHT_MIN || text > 0.4)
			wrong.push(`${name}: ground ${ground.toFixed(2)}, text ${text.toFixed(2)}`);
		if (name === "print") {
			await page.setViewportSize(PAPER);
			wrong.push(...(await overflow(page)).map((w) => `print: ${w}`));
		}
	}
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
	return wrong;
}
