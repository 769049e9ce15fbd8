/**
 * Keeps runs that go on at the same time from taking one another's ports. A port on which nobody listens for the moment (of a
 * crashed replica, of a refused partition) looks free to everybody; so a run claims blocks of ports for as long as it
 * lasts, by files that only one can make. Programs other than Pakka's can't be kept off.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HIGHEST_PORT, LOWEST_PORT } from "./links/ports.ts";
import { baseFolder, readRecord, recordPath } from "./run-registry.ts";

const BLOCK_PORTS = 100;
const BLOCKS = Math.floor((HIGHEST_PORT - LOWEST_PORT) / BLOCK_PORTS);
/** Some ports of a block are taken by other programs. */
const SPARE = 2;

/**
 * @param first the block to begin with; anywhere, so that runs that begin at the same time seldom meet
 * @returns at least twice as many as wanted, in blocks
 * @throws when runs under way have claimed nearly everything
 */
export function claimPorts(runId: string, count: number, first = randomInt(BLOCKS)): number[] {
	const wanted = Math.ceil((count * SPARE) / BLOCK_PORTS);
	const claimed: number[] = [];
	// More than there are: then nothing is taken from the others first.
	const looked = wanted > BLOCKS ? 0 : BLOCKS;
	for (let step = 0; step < looked && claimed.length < wanted; step++) {
		const block = (first + step) % BLOCKS;
		if (claim(block, runId)) claimed.push(block);
	}
	if (claimed.length < wanted) {
		throw new Error(
			`${count} ports are needed, and other runs under way have claimed nearly all between ${LOWEST_PORT} and ` +
				`${HIGHEST_PORT}. Run fewer scenarios at once, with fewer replicas and lanes; "pakka clean" frees what dead runs claimed.`,
		);
	}
	return claimed.flatMap((block) =>
		Array.from({ length: BLOCK_PORTS }, (_, index) => LOWEST_PORT + block * BLOCK_PORTS + index),
	);
}

export function releasePorts(runId: string): void {
	const folder = claimsFolder();
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		if (claimant(path) === runId) rmSync(path, { force: true });
	}
}

function claim(block: number, runId: string): boolean {
	const path = join(claimsFolder(), String(block));
	const holder = claimant(path);
	// Of a run that was removed before it could release it.
	if (holder !== null && readRecord(recordPath(holder)) === null) rmSync(path, { force: true });
	try {
		writeFileSync(path, runId, { flag: "wx", mode: 0o600 });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		return false;
	}
}

function claimant(path: string): string | null {
	try {
		const runId = readFileSync(path, "utf8");
		// Being written at this moment.
		return /^[\w-]+$/.test(runId) ? runId : null;
	} catch {
		return null;
	}
}

function claimsFolder(): string {
	const folder = join(baseFolder(), "ports");
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return folder;
}
