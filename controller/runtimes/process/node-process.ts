/**
 * One replica's operating system process, over its lives: spawned as the leader of a process group, so that signals reach
 * whatever it starts in turn. Reports what becomes of it; a process that ends by itself is not started again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { CrashDisk } from "../../../scenarios/scenario.ts";
import type { ControlClient } from "../../control-client.ts";
import type { Leftovers } from "../../leftovers.ts";
import { killWithGroup } from "../../process-identity.ts";
import type { NodeReport } from "../../recorder.ts";
import type { Done, NodeStatus, StartOutcome } from "../runtime.ts";
import { type LogFile, MAX_LOG_BYTES } from "./log-file.ts";

/** From the spawn to the first 200 of /health. Generous: many nodes start at once on few cores. */
export const HEALTHY_WITHIN_MS = 15_000;
const HEALTH_POLL_MS = 25;
const HEALTH_TIMEOUT_MS = 1_000;
/** SIGKILL takes effect at once, unless the process sits in an uninterruptible call. */
const GONE_WITHIN_MS = 3_000;
/** After its end, for its last words to come through the pipes. */
const LAST_WORDS_WITHIN_MS = 200;

export interface NodeProcessOptions {
	replica: string;
	argv: [program: string, ...args: string[]];
	/** Working directory. */
	folder: string;
	/** Survives crashes that keep the disk. */
	dataFolder: string;
	environment: (incarnation: number) => NodeJS.ProcessEnv;
	control: ControlClient;
	log: LogFile;
	leftovers: Leftovers;
	report: (node: NodeReport) => void;
}

interface Life {
	pid: number;
	/** Resolves with how it ended, in words. */
	ended: Promise<string>;
}

export class NodeProcess implements AsyncDisposable {
	readonly #options: NodeProcessOptions;
	#life: Life | null = null;
	#starts = 0;
	#status: NodeStatus = "down";
	/** The next end of the process is our doing. */
	#expectEnd = false;
	#disposed = false;

	constructor(options: NodeProcessOptions) {
		this.#options = options;
	}

	get status(): NodeStatus {
		return this.#status;
	}

	get incarnation(): number {
		return Math.max(0, this.#starts - 1);
	}

	async start(): Promise<StartOutcome> {
		if (this.#life !== null) return { kind: "failed", reason: `${this.#options.replica} is still running` };
		await mkdir(this.#options.dataFolder, { recursive: true });
		if (this.#disposed)
			return { kind: "failed", reason: `${this.#options.replica} is not to be started any more` };
		// Two restarts may have come here together.
		if (this.#life !== null) return { kind: "failed", reason: `${this.#options.replica} is still running` };
		const spawned = this.#spawn();
		if ("failure" in spawned) return this.#failed("exited", await spawned.failure);
		this.#life = spawned;
		this.#status = "starting";
		this.#report("started");
		const deadlineMs = performance.now() + HEALTHY_WITHIN_MS;
		while (this.#life === spawned && performance.now() < deadlineMs) {
			if (await this.#options.control.health(HEALTH_TIMEOUT_MS)) {
				// It may have ended, or been crashed, while the answer was on its way.
				if (this.#life !== spawned) break;
				if (this.#status === "starting") this.#status = "up";
				this.#report("ready");
				return { kind: "ready" };
			}
			await sleep(HEALTH_POLL_MS);
		}
		// #whenEnded has reported the end already.
		if (this.#life !== spawned) return this.#outcome(`ended before it was ready: ${await spawned.ended}`);
		const waited = `did not answer GET /health with 200 within ${HEALTHY_WITHIN_MS} ms`;
		await this.#kill();
		return this.#failed("unhealthy", waited);
	}

	async crash(disk: CrashDisk): Promise<Done> {
		const life = this.#life;
		if (life !== null) {
			// At once, so that nobody takes its silence for news.
			this.#status = "down";
			await this.#kill();
			this.#report("crashed", `SIGKILL, disk ${disk === "keep" ? "kept" : "lost"}`);
		}
		if (disk === "lose") await rm(this.#options.dataFolder, { recursive: true, force: true });
		return life === null ? { done: false, why: `${this.#options.replica} was down already` } : { done: true };
	}

	pause(): Done {
		if (this.#life === null) return { done: false, why: `${this.#options.replica} is down` };
		if (this.#status === "paused") return { done: false, why: `${this.#options.replica} is paused already` };
		killWithGroup(this.#life.pid, "SIGSTOP");
		this.#status = "paused";
		this.#report("paused");
		return { done: true };
	}

	resume(): Done {
		if (this.#life === null) return { done: false, why: `${this.#options.replica} is down` };
		if (this.#status !== "paused") return { done: false, why: `${this.#options.replica} is not paused` };
		killWithGroup(this.#life.pid, "SIGCONT");
		this.#status = "up";
		this.#report("resumed");
		return { done: true };
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#disposed = true;
		await this.#kill();
		await this.#options.log.close();
	}

	/** Synchronous, so that there is no moment at which a process exists that nobody would end. */
	#spawn(): Life | { failure: Promise<string> } {
		const { argv, folder, leftovers, log } = this.#options;
		const incarnation = this.#starts++;
		const [program, ...args] = argv;
		log.write(Buffer.from(`[pakka] start ${incarnation}: ${argv.join(" ")}\n`));
		const child = spawn(program, args, {
			cwd: folder,
			env: this.#options.environment(incarnation),
			detached: true,
			stdio: ["ignore", "pipe", "pipe"],
		});
		const { pid } = child;
		if (pid === undefined) {
			const failure = once(child, "error").then(([error]) => (error as Error).message);
			return { failure: failure.then((why) => `'${program}' can't be started in ${folder}: ${why}`) };
		}
		leftovers.add(pid);
		child.on("error", () => undefined);
		child.stdout.on("data", log.write);
		child.stderr.on("data", log.write);
		const life: Life = { pid, ended: endOf(child, pid) };
		void life.ended.then((how) => this.#whenEnded(life, how));
		return life;
	}

	#whenEnded(life: Life, how: string): void {
		this.#options.leftovers.remove(life.pid);
		if (this.#life !== life) return;
		this.#life = null;
		this.#status = "down";
		if (!this.#expectEnd) this.#report("exited", this.#withLog(how));
	}

	async #kill(): Promise<void> {
		const life = this.#life;
		if (life === null) return;
		this.#expectEnd = true;
		killWithGroup(life.pid, "SIGKILL");
		const timeout = new AbortController();
		const waited = sleep(GONE_WITHIN_MS, "still there", { signal: timeout.signal }).catch(() => "");
		if ((await Promise.race([life.ended, waited])) === "still there") {
			throw new Error(
				`process ${life.pid} (${this.#options.replica}) is still there ${GONE_WITHIN_MS} ms after SIGKILL`,
			);
		}
		timeout.abort();
		this.#whenEnded(life, "killed");
		this.#expectEnd = false;
	}

	#failed(what: "exited" | "unhealthy", reason: string): StartOutcome {
		this.#report(what, this.#withLog(reason));
		return this.#outcome(reason);
	}

	#outcome(reason: string): StartOutcome {
		return { kind: "failed", reason: this.#withLog(`${this.#options.replica} ${reason}`) };
	}

	#report(what: NodeReport["what"], detail?: string): void {
		const { replica, report } = this.#options;
		report({ replica, what, incarnation: this.incarnation, ...(detail !== undefined && { detail }) });
	}

	#withLog(text: string): string {
		const lines = this.#options.log.lastLines().filter((line) => !line.startsWith("[pakka]"));
		return lines.length === 0
			? `${text}; it printed nothing`
			: `${text}; it printed last:\n${lines.join("\n")}`;
	}
}

/** @returns how it ended, in words */
async function endOf(child: ChildProcess, pid: number): Promise<string> {
	const closed = once(child, "close");
	const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
	// What it started may still run, and would hold its ports and these pipes.
	killWithGroup(pid, "SIGKILL");
	await Promise.race([closed, sleep(LAST_WORDS_WITHIN_MS)]);
	return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** For the report of a flooded log. */
export const FLOOD_DETAIL = `more than ${MAX_LOG_BYTES} bytes; the rest of its output is left out`;
