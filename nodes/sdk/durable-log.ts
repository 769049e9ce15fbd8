/**
 * What a node has on disk: one snapshot and the records appended since.
 *
 *     log.<generation>   batches `[length u32][crc32 u32][records, MessagePack, one behind the other]`
 *     snapshot           one batch: `[generation, snapshot]`; the log of that generation follows it
 *
 * A batch is what one write and one fsync make durable; the next is written only after that. Hence after a crash
 * at most the last batch is torn, and none of its records was acknowledged: it is cut off, with a warning. A bad
 * batch *before* a good one is damage that no crash explains, and an error. The records of one step share a
 * batch: a restart sees all or none of them.
 *
 * Group commit: while one fsync is under way the records of further steps gather and go with the next.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { decodeAllPlain, encodePlain } from "./codec.ts";
import type { Persisted } from "./replica.ts";

export interface DurableLogOptions {
	folder: string;
	/** False: written, but nothing waits for it (a manifest with `durable: false`). */
	sync: boolean;
	/** Told of a torn tail that was cut off. */
	warn: (message: string) => void;
	/** The disk refused; what was appended may be lost. Nothing is released after it. */
	onFailure: (error: unknown) => void;
}

type Pending = { kind: "record"; bytes: Uint8Array } | { kind: "snapshot"; bytes: Uint8Array };
const HEADER_BYTES = 8;
const SNAPSHOT_FILE = "snapshot";

/** @throws when a file is damaged in a way that a crash does not explain, or can't be read */
export async function openDurableLog(options: DurableLogOptions): Promise<DurableLog> {
	const { folder } = options;
	await mkdir(folder, { recursive: true });
	const [generation, snapshot] = await readSnapshot(join(folder, SNAPSHOT_FILE));
	await removeLeftovers(folder, generation);
	const path = logPath(folder, generation);
	const records = await recoverRecords(path, options.warn);
	const file = await open(path, "a");
	await syncFolder(folder);
	return new DurableLog(options, file, generation, { snapshot, records });
}

export class DurableLog {
	/** What a restart found. */
	readonly persisted: Persisted;
	readonly #options: DurableLogOptions;
	#file: FileHandle;
	#generation: number;
	#recordsSinceSnapshot: number;
	#pending: Pending[] = [];
	#appended = 0;
	#durable = 0;
	#waiting: { position: number; action: () => void }[] = [];
	#draining: Promise<void> | null = null;
	#failed = false;

	constructor(options: DurableLogOptions, file: FileHandle, generation: number, persisted: Persisted) {
		this.#options = options;
		this.#file = file;
		this.#generation = generation;
		this.persisted = persisted;
		this.#recordsSinceSnapshot = persisted.records.length;
	}

	get recordsSinceSnapshot(): number {
		return this.#recordsSinceSnapshot;
	}

	/** Actions that wait for the disk. */
	get backlog(): number {
		return this.#waiting.length;
	}

	/** @param records of one step, encoded by `encodePlain` */
	append(records: readonly Uint8Array[]): void {
		for (const bytes of records) this.#enqueue({ kind: "record", bytes });
		this.#recordsSinceSnapshot += records.length;
	}

	/** Replaces all that was appended so far by a snapshot of it, encoded by `encodePlain`. */
	replaceBySnapshot(bytes: Uint8Array): void {
		this.#enqueue({ kind: "snapshot", bytes });
		this.#recordsSinceSnapshot = 0;
	}

	/** Runs the action once everything appended so far is durable; actions keep their order. */
	whenDurable(action: () => void): void {
		const settled = !this.#options.sync || (this.#durable === this.#appended && this.#waiting.length === 0);
		if (settled && !this.#failed) action();
		else this.#waiting.push({ position: this.#appended, action });
	}

	/** Writes what is pending, then closes the file. May be called again. */
	async close(): Promise<void> {
		while (this.#draining !== null) await this.#draining;
		await this.#file.close();
	}

	#enqueue(item: Pending): void {
		this.#pending.push(item);
		this.#appended += 1;
		if (!this.#failed) this.#draining ??= this.#drain();
	}

	async #drain(): Promise<void> {
		// The other steps of this turn of the event loop join the batch.
		await new Promise((resolve) => setImmediate(resolve));
		try {
			while (this.#pending.length > 0) {
				const items = this.#pending;
				this.#pending = [];
				await this.#store(items);
				this.#durable += items.length;
				this.#release();
			}
		} catch (error) {
			// After a failed fsync nobody knows what is on the disk; trying again would only seem to help.
			this.#failed = true;
			this.#options.onFailure(error);
		}
		this.#draining = null;
	}

	async #store(items: readonly Pending[]): Promise<void> {
		let records: Uint8Array[] = [];
		for (const item of items) {
			if (item.kind === "record") {
				records.push(item.bytes);
				continue;
			}
			// What the snapshot contains need not be written any more; it lasts from the rename on.
			records = [];
			await this.#storeSnapshot(item.bytes);
		}
		if (records.length === 0) return;
		await this.#file.appendFile(batchOf(records));
		if (this.#options.sync) await this.#file.datasync();
	}

	async #storeSnapshot(bytes: Uint8Array): Promise<void> {
		const { folder } = this.#options;
		const next = this.#generation + 1;
		const temporary = join(folder, `${SNAPSHOT_FILE}.tmp`);
		const file = await open(temporary, "w");
		try {
			await file.writeFile(batchOf([encodePlain(next), bytes]));
			await file.sync();
		} finally {
			await file.close();
		}
		await rename(temporary, join(folder, SNAPSHOT_FILE));
		await syncFolder(folder);
		await this.#file.close();
		this.#file = await open(logPath(folder, next), "a");
		await syncFolder(folder);
		await rm(logPath(folder, this.#generation), { force: true });
		this.#generation = next;
	}

	#release(): void {
		let count = 0;
		for (const { position, action } of this.#waiting) {
			if (position > this.#durable) break;
			count += 1;
			action();
		}
		this.#waiting.splice(0, count);
	}
}

function batchOf(records: readonly Uint8Array[]): Buffer {
	const payload = Buffer.concat(records);
	const header = Buffer.alloc(HEADER_BYTES);
	header.writeUInt32BE(payload.length, 0);
	header.writeUInt32BE(checksum(header, payload), 4);
	return Buffer.concat([header, payload]);
}

/** Over length and payload, so that a tail of zeros is no batch. */
function checksum(header: Buffer, payload: Buffer): number {
	return crc32(payload, crc32(header.subarray(0, 4)));
}

/** The payload of the batch at `offset`; null when there is no good one. */
function batchAt(bytes: Buffer, offset: number): Buffer | null {
	if (bytes.length - offset < HEADER_BYTES) return null;
	const header = bytes.subarray(offset, offset + HEADER_BYTES);
	const end = offset + HEADER_BYTES + header.readUInt32BE(0);
	if (end > bytes.length) return null;
	const payload = bytes.subarray(offset + HEADER_BYTES, end);
	return checksum(header, payload) === header.readUInt32BE(4) ? payload : null;
}

async function recoverRecords(path: string, warn: (message: string) => void): Promise<unknown[]> {
	const bytes = await readIfThere(path);
	if (bytes === null) return [];
	const records: unknown[] = [];
	let offset = 0;
	while (offset < bytes.length) {
		const payload = batchAt(bytes, offset);
		if (payload === null) break;
		for (const record of decodeAllPlain(payload)) records.push(record);
		offset += HEADER_BYTES + payload.length;
	}
	if (offset === bytes.length) return records;
	for (let later = offset + 1; later < bytes.length; later += 1) {
		if (batchAt(bytes, later) === null) continue;
		throw new Error(
			`${path} is damaged at byte ${offset}: a batch is bad there, and one at byte ${later} is good. ` +
				"A crash tears only the last batch, so acknowledged updates are lost; restore the file or remove it.",
		);
	}
	warn(
		`${path}: cut off ${bytes.length - offset} bytes of a torn batch at byte ${offset}; ` +
			`${records.length} records kept`,
	);
	await truncate(path, offset);
	return records;
}

async function readSnapshot(path: string): Promise<[generation: number, snapshot: unknown]> {
	const bytes = await readIfThere(path);
	if (bytes === null) return [0, null];
	const payload = batchAt(bytes, 0);
	const [generation, snapshot] = payload === null ? [] : decodeAllPlain(payload);
	if (typeof generation !== "number") {
		throw new Error(
			`${path} is damaged: its checksum is wrong. It is renamed into place only when complete.`,
		);
	}
	return [generation, snapshot];
}

/** Logs of other generations, and a snapshot that was never completed. */
async function removeLeftovers(folder: string, generation: number): Promise<void> {
	for (const name of await readdir(folder)) {
		const stale = /^log\.\d+$/.test(name) && name !== `log.${generation}`;
		if (stale || name === `${SNAPSHOT_FILE}.tmp`) await rm(join(folder, name), { force: true });
	}
}

async function readIfThere(path: string): Promise<Buffer | null> {
	try {
		return await readFile(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
		throw error;
	}
}

/** A rename or a new file lasts only when its folder was synced too. */
async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

function logPath(folder: string, generation: number): string {
	return join(folder, `log.${generation}`);
}
