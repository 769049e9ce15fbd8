import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodePlain } from "./codec.ts";
import { type DurableLog, openDurableLog } from "./durable-log.ts";

let folder: string;
let warnings: string[];
let opened: DurableLog[];
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-log-test-"));
	warnings = [];
	opened = [];
});
afterEach(async () => {
	for (const log of opened) await log.close();
	await rm(folder, { recursive: true, force: true });
});

async function openLog(sync = true): Promise<DurableLog> {
	const log = await openDurableLog({
		folder,
		sync,
		warn: (message) => warnings.push(message),
		onFailure: (error) => {
			throw error;
		},
	});
	opened.push(log);
	return log;
}

function durable(log: DurableLog): Promise<void> {
	return new Promise((resolve) => log.whenDurable(resolve));
}

/** One batch a step. @returns the size of the file after each */
async function writeSteps(steps: unknown[][]): Promise<number[]> {
	const log = await openLog();
	const sizes: number[] = [];
	for (const records of steps) {
		log.append(records.map(encodePlain));
		await durable(log);
		sizes.push((await readFile(join(folder, "log.0"))).length);
	}
	await log.close();
	return sizes;
}

describe("the durable log", () => {
	it("gives back what was appended, in order, and nothing on a first start", async () => {
		const first = await openLog();
		expect(first.persisted).toEqual({ snapshot: null, records: [] });
		first.append([encodePlain({ a: -0, b: new Uint8Array([1, 2]) }), encodePlain("two")]);
		first.append([encodePlain(3)]);
		await first.close();
		const { persisted } = await openLog();
		expect(persisted.records).toEqual([{ a: -0, b: new Uint8Array([1, 2]) }, "two", 3]);
		expect(Object.is((persisted.records[0] as { a: number }).a, -0)).toBe(true);
	});

	it("keeps every synced record and no half step, wherever the file is cut (seed 7)", {
		timeout: 60_000,
	}, async () => {
		const steps = fc.array(fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 3 }), {
			minLength: 1,
			maxLength: 4,
		});
		await fc.assert(
			fc.asyncProperty(steps, async (drawn) => {
				await rm(folder, { recursive: true, force: true });
				const sizes = await writeSteps(drawn);
				const path = join(folder, "log.0");
				const whole = await readFile(path);
				for (let cut = 0; cut <= whole.length; cut += 1) {
					await writeFile(path, whole.subarray(0, cut));
					const complete = sizes.filter((size) => size <= cut).length;
					const log = await openLog();
					expect(log.persisted.records.map((record) => JSON.stringify(record))).toEqual(
						drawn
							.slice(0, complete)
							.flat()
							.map((record) => JSON.stringify(record)),
					);
					await log.close();
					expect((await readFile(path)).length).toBe(sizes[complete - 1] ?? 0);
				}
			}),
			{ numRuns: 4, seed: 7 },
		);
	});

	it("goes on after a torn tail, with a warning", async () => {
		const [size = 0] = await writeSteps([["one"], ["two"]]);
		const path = join(folder, "log.0");
		await writeFile(path, (await readFile(path)).subarray(0, size + 5));
		const log = await openLog();
		expect(warnings.join()).toContain("cut off 5 bytes of a torn batch");
		log.append([encodePlain("three")]);
		await log.close();
		expect((await openLog()).persisted.records).toEqual(["one", "three"]);
	});

	it("takes a tail of zeros for torn", async () => {
		await writeSteps([["one"]]);
		const path = join(folder, "log.0");
		await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(40)]));
		expect((await openLog()).persisted.records).toEqual(["one"]);
	});

	it("refuses a log whose middle is damaged", async () => {
		await writeSteps([["one"], ["two"], ["three"]]);
		const path = join(folder, "log.0");
		const bytes = await readFile(path);
		bytes[9] = (bytes[9] ?? 0) ^ 0xff;
		await writeFile(path, bytes);
		await expect(openLog()).rejects.toThrow(/damaged at byte 0.*restore the file or remove it/);
	});

	it("replaces records by a snapshot and continues behind it", async () => {
		const log = await openLog();
		log.append([encodePlain(1), encodePlain(2)]);
		log.replaceBySnapshot(encodePlain([1, 2]));
		log.append([encodePlain(3)]);
		await log.close();
		expect((await readdir(folder)).sort()).toEqual(["log.1", "snapshot"]);
		expect((await openLog()).persisted).toEqual({ snapshot: [1, 2], records: [3] });
	});

	it("survives a crash between the snapshot and its log, and one before the rename", async () => {
		const log = await openLog();
		log.append([encodePlain(1)]);
		log.replaceBySnapshot(encodePlain([1]));
		await log.close();
		await rm(join(folder, "log.1"));
		await writeFile(join(folder, "log.0"), "left over");
		await writeFile(join(folder, "snapshot.tmp"), "half");
		expect((await openLog()).persisted).toEqual({ snapshot: [1], records: [] });
		expect((await readdir(folder)).sort()).toEqual(["log.1", "snapshot"]);
	});

	it("refuses a damaged snapshot", async () => {
		await writeFile(join(folder, "snapshot"), "not one");
		await expect(openLog()).rejects.toThrow(/snapshot is damaged/);
	});

	it("runs actions in order, none before its records are on the disk", async () => {
		const log = await openLog();
		const ran: number[] = [];
		for (let i = 0; i < 100; i += 1) {
			log.append([encodePlain(i)]);
			log.whenDurable(() => ran.push(i));
		}
		expect(ran).toEqual([]);
		await durable(log);
		expect(ran).toEqual(Array.from({ length: 100 }, (_, i) => i));
		log.whenDurable(() => ran.push(100));
		expect(ran.at(-1)).toBe(100);
	});

	it("waits for nothing where the manifest promises nothing", async () => {
		const log = await openLog(false);
		let ran = false;
		log.append([encodePlain(1)]);
		log.whenDurable(() => {
			ran = true;
		});
		expect(ran).toBe(true);
		await log.close();
	});
});
