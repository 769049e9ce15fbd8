/**
 * An append-only file of lines, which the history and the journal are written through. Appending is synchronous and
 * buffered; the buffer goes to the file whole lines at a time, at the latest after `FLUSH_INTERVAL_MS`, so a
 * SIGKILL costs at most that much and leaves at most one torn line, the last. It leaves out on purpose: rotation,
 * compression, and durability of each line (`sync` gives it where it is wanted).
 */
import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import { promisify } from "node:util";

const FLUSH_INTERVAL_MS = 50;
const MAX_BUFFERED_CHARACTERS = 256 * 1024;
/** Longer lines are refused here and by the readers, so that a reader's memory is bounded. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const fdatasyncAsync = promisify(fdatasync);

export class LineFile {
	readonly path: string;
	readonly #descriptor: number;
	#lines: string[] = [];
	#bufferedCharacters = 0;
	#timer: NodeJS.Timeout | null = null;
	/** The first write that failed: after it nothing more is written, since the file may end in half a line. */
	#failure: Error | null = null;
	#open = true;

	/** @throws when the file exists already: a recording is never overwritten */
	constructor(path: string) {
		this.path = path;
		try {
			this.#descriptor = openSync(path, "ax");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
			throw new Error(
				`${path} exists already, and a recording is never overwritten. Choose another folder.`,
				{
					cause: error,
				},
			);
		}
	}

	/** @throws when the file is closed, an earlier write failed, or the line is longer than a reader accepts */
	append(line: string): void {
		if (!this.#open) throw new Error(`${this.path} is closed; nothing can be appended to it any more`);
		if (this.#failure !== null) throw this.#failure;
		if (line.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(line) > MAX_LINE_BYTES) {
			throw new Error(
				`${this.path}: a line may have ${MAX_LINE_BYTES} bytes, this one is longer: ${line.slice(0, 200)}…`,
			);
		}
		this.#lines.push(line, "\n");
		this.#bufferedCharacters += line.length + 1;
		if (this.#bufferedCharacters >= MAX_BUFFERED_CHARACTERS) this.flush();
		else this.#timer ??= setTimeout(() => this.#flushLater(), FLUSH_INTERVAL_MS).unref();
	}

	/** Hands everything appended so far to the operating system: it survives the end of this process. */
	flush(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (this.#failure !== null) throw this.#failure;
		if (this.#lines.length === 0) return;
		const bytes = Buffer.from(this.#lines.join(""));
		this.#lines = [];
		this.#bufferedCharacters = 0;
		try {
			for (let written = 0; written < bytes.length; ) {
				written += writeSync(this.#descriptor, bytes, written);
			}
		} catch (error) {
			this.#failure = new Error(`${this.path} could not be written: ${(error as Error).message}`, {
				cause: error,
			});
			throw this.#failure;
		}
	}

	/** Everything appended so far is on the disk: it survives the end of this machine. */
	async sync(): Promise<void> {
		this.flush();
		await fdatasyncAsync(this.#descriptor);
	}

	/** May be called twice. */
	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		try {
			await this.sync();
		} finally {
			closeSync(this.#descriptor);
		}
	}

	/** From the timer, where nobody could catch: the failure is thrown at the next call instead. */
	#flushLater(): void {
		try {
			this.flush();
		} catch {
			// Kept in #failure.
		}
	}
}
