// A private PostgreSQL, the databases in it, and the sites made of them.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
const OUTPUT_MAX = 1 << 28;

function run(command, ...words) {
	return runWith("", command, ...words);
}

function runWith(input, command, ...words) {
	const done = spawnSync(command, words.map(String), {
		encoding: "utf8",
		maxBuffer: OUTPUT_MAX,
		input,
	});
	if (done.error || done.status !== 0)
		throw new Error(`${command}: ${done.error ?? done.status}: ${done.stderr}`);
	return done.stdout;
}

/** All that the tests make; close() removes it. */
export class Stage {
	constructor(build) {
		this.program = join(resolve(build), "danescan");
		this.build = resolve(build);
		this.folder = mkdtempSync("/tmp/danescan-web-");
		chmodSync(this.folder, 0o755);
		this.dsn = this.cluster("start");
	}

	cluster(word) {
		return run(join(ROOT, "scripts/pg.sh"), word, join(this.folder, "pg")).trim();
	}

	close() {
		this.cluster("remove");
		rmSync(this.folder, { recursive: true });
	}

	/** A database with the schema. */
	database(name) {
		run("psql", this.dsn, "-XAtqc", `create database ${name}`);
		const database = new Database(this, this.dsn.replace(/dbname=.*/, `dbname=${name}`));
		run(this.program, "db", "init", "--db", database.dsn);
		return database;
	}
}

export class Database {
	constructor(stage, dsn) {
		this.stage = stage;
		this.dsn = dsn;
	}

	load(file) {
		run("psql", this.dsn, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", join(HERE, file));
	}

	/** Scans of the laboratory; what they promise lies in the folder. */
	scan(folder, domains) {
		run(join(HERE, "scans.py"), "--build", this.stage.build, "--domains", domains,
			this.dsn, folder);
	}

	/** A complete scan of so many domains, made by SQL (tests/bench/figures.sql): the
	 * n-th, of a day such as 2026-01-01. One in seven ranks is there. */
	fill(n, day, domains) {
		const variables = { n, domains, extras: 1, tlds: 12, groups: 6, crowd: 1 };
		const [{ id }] = this.rows("SELECT dane.scan_begin(label, '{}', day) AS id FROM " +
			`(VALUES ('made-${day}', '${day} 12:00Z'::timestamptz)) s(label, day)`);
		const words = Object.entries({ ...variables, id }).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
		run("psql", this.dsn, "-XAtq", "-v", "ON_ERROR_STOP=1", ...words,
			"-f", join(ROOT, "tests/bench/figures.sql"), "-c", `UPDATE dane.domain_row
				SET tags = jsonb_set(tags, '{rank}', to_jsonb(7 * line)) WHERE scan_id = ${id}`,
			"-c", `UPDATE dane.scan SET state = 'complete', finished = started + interval '1 hour',
				domains = ${domains} WHERE scan_id = ${id}`);
		return id;
	}

	/** Rows as objects. Statements before the query may be given. */
	rows(query, before = "") {
		const sql = `${before}; SELECT coalesce(json_agg(q), '[]') FROM (${query}) q;`;
		return JSON.parse(runWith(sql, "psql", this.dsn, "-XAtq", "-v", "ON_ERROR_STOP=1"));
	}

	report(folder, ...options) {
		run(this.stage.program, "report", "--db", this.dsn, "--out", folder, ...options);
	}
}
