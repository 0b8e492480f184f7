// Tests that print a line each, and what is wrong below it: TAP.

const SHOWN = 25;

export class Tap {
	constructor() {
		this.count = 0;
		this.failed = 0;
	}

	/** run gives a list of what is wrong, or throws. */
	async test(title, run) {
		this.count++;
		const began = Date.now();
		let wrong;
		try {
			wrong = (await run()) ?? [];
		} catch (error) {
			wrong = [error.stack];
		}
		const seconds = ((Date.now() - began) / 1000).toFixed(1);
		if (wrong.length === 0) {
			console.log(`ok ${this.count} - ${title} (${seconds} s)`);
			return;
		}
		this.failed++;
		console.log(`not ok ${this.count} - ${title}`);
		for (const text of wrong.slice(0, SHOWN))
			console.log(`# ${String(text).replaceAll("\n", "\n#   ")}`);
		if (wrong.length > SHOWN)
			console.log(`# and ${wrong.length - SHOWN} more`);
	}

	end() {
		console.log(`1..${this.count}`);
		return this.failed === 0 && this.count > 0 ? 0 : 1;
	}
}
