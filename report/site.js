/* Tables sort by the headings of their columns. Everything is there without. */
"use strict";

/* "1,234", "17.90 %", "−5", "< 0.01 %" as numbers; others as text. */
function keyOf(cell, numeric) {
	const text = cell.textContent.trim();
	if (!numeric)
		return text;
	const number = parseFloat(text.replace(/[\u2212]/g, "-").replace(/[^0-9.-]/g, ""));
	return Number.isNaN(number) ? -Infinity : number;
}

function compare(a, b) {
	if (typeof a === "number")
		return a - b;
	return a < b ? -1 : a > b ? 1 : 0;
}

function sortBy(table, column, heading) {
	const body = table.tBodies[0];
	const numeric = heading.classList.contains("n");
	const before = heading.getAttribute("aria-sort");
	const down = before === null ? numeric : before === "ascending";
	const rows = Array.from(body.rows, row => [keyOf(row.cells[column], numeric), row]);

	rows.sort((a, b) => down ? compare(b[0], a[0]) : compare(a[0], b[0]));
	for (const other of table.tHead.rows[0].cells)
		other.removeAttribute("aria-sort");
	heading.setAttribute("aria-sort", down ? "descending" : "ascending");
	body.append(...rows.map(row => row[1]));
}

for (const table of document.querySelectorAll("figure table")) {
	if (table.tBodies[0].rows.length < 2)
		continue;
	Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
		const button = document.createElement("button");
		button.type = "button";
		button.append(...heading.childNodes);
		heading.append(button);
		button.addEventListener("click", () => sortBy(table, column, heading));
	});
}
