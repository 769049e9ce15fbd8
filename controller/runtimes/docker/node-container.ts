/**
 * One replica over its lives. Every start makes a new container on the same volumes (its environment says which start it is),
 * every end is told apart: ended by itself, out of memory, crashed or stopped by the schedule.
 *
 * Whatever the engine is asked for a replica goes one after another; waiting until it is healthy does not hold that up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CrashDisk } from "../../../scenarios/scenario.ts";
import type { ControlClient } from "../../control-client.ts";
import type { NodeReport } from "../../recorder.ts";
import { type LogFile, MAX_LOG_BYTES } from "../process/log-file.ts";
import type { Done, NodeStatus, StartOutcome } from "../runtime.ts";
import type { ContainerEnd, ContainerEvents } from "./container-events.ts";
import { type ContainerSpec, type Limits, NO_LIMITS } from "./container-options.ts";
import { type Engine, EngineError } from "./engine.ts";
import type { MovingControl } from "./moving-control.ts";
import { createContainer, describeEnd, GONE, type OneContainer } from "./one-container.ts";
import { openVolumes } from "./volumes.ts";

/** From the container's start to the first 200 of /health. Generous: many start at once on few cores. */
export const HEALTHY_WITHIN_MS = 20_000;
const HEALTH_POLL_MS = 25;
/** The engine accepts connections to a published port before the program listens, and lets them hang. */
const HEALTH_TIMEOUT_MS = 1_000;

export interface NodeContainerOptions {
	replica: string;
	engine: Engine;
	events: ContainerEvents;
	/** All but what differs from start to start. */
	spec: Omit<ContainerSpec, "name" | "environment" | "limits">;
	/** Names begin with it. */
	name: string;
	/** New volumes belong to root, and a replica does not run as root: they have to be opened before its first start. */
	opensVolumes: boolean;
	environment: (incarnation: number) => Record<string, string>;
	/** The links: left and joined again by faults. */
	linksNetwork: string;
	alias: string;
	stopSignal: string;
	/** How it is spoken to when the published port is found. */
	connect: (port: string, incarnation: number) => ControlClient;
	control: MovingControl;
	/** Awaited before its address is taken away, and when it has one. */
	leaving: (lanes: "all" | "inbound") => Promise<void>;
	back: () => Promise<void>;
	log: LogFile;
	report: (node: NodeReport) => void;
}

type BroughtUp = { life: OneContainer } | { failure: string };

export class NodeContainer implements AsyncDisposable {
	readonly #options: NodeContainerOptions;
	#life: OneContainer | null = null;
	/** Made beforehand, for the first start. */
	#prepared: OneContainer | null = null;
	/** The first start, where it was begun before it was asked for. */
	#begun: Promise<BroughtUp> | null = null;
	#starts = 0;
	#status: NodeStatus = "down";
	/** The next end of the container is our doing. */
	#expectEnd = false;
	#disposed = false;
	/** Its volumes are there and may be written. */
	#volumesOpen = false;
	#limits: Limits = NO_LIMITS;
	#onLinks = true;
	#turn: Promise<unknown> = Promise.resolve();

	constructor(options: NodeContainerOptions) {
		this.#options = options;
	}

	get status(): NodeStatus {
		return this.#status;
	}

	get incarnation(): number {
		return Math.max(0, this.#starts - 1);
	}

	/** Makes the container of the first start, as soon as its networks are there. @throws EngineError */
	async prepare(): Promise<void> {
		await this.#inTurn(async () => {
			this.#prepared = await this.#create(0);
		});
	}

	/** Starts it without waiting until it is healthy; the next `start` does that. */
	begin(): void {
		this.#status = "starting";
		this.#begun = this.#inTurn(() => this.#bringUp());
		// Whoever asks for the start is told.
		this.#begun.catch(() => undefined);
	}

	/** @throws EngineError when the engine does not answer */
	async start(): Promise<StartOutcome> {
		const { replica } = this.#options;
		const begun = this.#begun;
		this.#begun = null;
		if (begun === null && this.#status !== "down") {
			return { kind: "failed", reason: `${replica} is still running` };
		}
		if (begun === null) this.#status = "starting";
		const brought = await (begun ?? this.#inTurn(() => this.#bringUp()));
		if ("failure" in brought) {
			this.#status = "down";
			return this.#failed("exited", brought.failure);
		}
		const { life } = brought;
		const deadlineMs = performance.now() + HEALTHY_WITHIN_MS;
		while (this.#life === life && performance.now() < deadlineMs) {
			if (await this.#options.control.health(HEALTH_TIMEOUT_MS)) {
				// It may have ended, or been crashed, while the answer was on its way.
				if (this.#life !== life) break;
				if (this.status === "starting") this.#status = "up";
				this.#report("ready");
				return { kind: "ready" };
			}
			await sleep(HEALTH_POLL_MS);
		}
		// #whenEnded reports the end.
		if (this.#life !== life) {
			return this.#outcome(`ended before it was ready: ${describeEnd(await life.ended)}`);
		}
		const waited = `did not answer GET /health with 200 within ${HEALTHY_WITHIN_MS} ms`;
		await this.#inTurn(() => this.#end(life, "SIGKILL", 0));
		return this.#failed("unhealthy", waited);
	}

	async crash(disk: CrashDisk): Promise<Done> {
		const wasUp = this.#goingDown();
		return this.#inTurn(async () => {
			const life = this.#life;
			if (life !== null) {
				await this.#options.leaving("all");
				await this.#end(life, "SIGKILL", 0);
				this.#report("crashed", `SIGKILL, disk ${disk === "keep" ? "kept" : "lost"}`);
			}
			if (disk === "lose") await this.#loseVolumes();
			return wasUp || life !== null ? { done: true } : this.#not("was down already");
		});
	}

	/** As an orchestrator does it: its stop signal, then, when the grace is over, SIGKILL. */
	async stop(graceMs: number): Promise<Done> {
		this.#goingDown();
		return this.#inTurn(async () => {
			const life = this.#life;
			if (life === null) return this.#not("was down already");
			const { stopSignal, leaving } = this.#options;
			// What it still sends before it ends is to arrive.
			await leaving("inbound");
			const beganMs = performance.now();
			const wasKilled = await this.#end(life, stopSignal, graceMs);
			const { exitCode } = await life.ended;
			const tookMs = Math.round(performance.now() - beganMs);
			this.#report(
				"stopped",
				wasKilled
					? `${stopSignal}, and after ${graceMs} ms of grace SIGKILL`
					: `${stopSignal}; exit code ${exitCode} after ${tookMs} ms`,
			);
			return { done: true };
		});
	}

	async pause(): Promise<Done> {
		return this.#inTurn(async () => {
			const life = this.#life;
			if (life === null) return this.#not("is down");
			if (this.#status === "paused") return this.#not("is paused already");
			await life.pause();
			// It may have ended a moment before.
			if (this.#life !== life) return this.#not("is down");
			this.#status = "paused";
			this.#report("paused");
			return { done: true };
		});
	}

	async resume(): Promise<Done> {
		return this.#inTurn(async () => {
			const life = this.#life;
			if (life === null) return this.#not("is down");
			if (this.#status !== "paused") return this.#not("is not paused");
			await life.unpause();
			this.#status = "up";
			this.#report("resumed");
			return { done: true };
		});
	}

	/** Takes its interface in the links network away, or gives it one back, perhaps with another address. */
	async setOnLinks(on: boolean): Promise<Done> {
		return this.#inTurn(async () => {
			if (this.#onLinks === on) return this.#not(on ? "is connected already" : "is disconnected already");
			this.#onLinks = on;
			const life = this.#life;
			if (life === null) return { done: true };
			const { leaving, back } = this.#options;
			if (on) {
				await life.joinLinks();
				await back();
			} else {
				await leaving("all");
				await life.leaveLinks();
			}
			return { done: true };
		});
	}

	/** Holds from now on, also after a restart. */
	async limit(limits: Limits): Promise<Done> {
		return this.#inTurn(async () => {
			this.#limits = limits;
			const life = this.#life;
			if (life === null) return { done: true };
			try {
				await life.limit(limits);
				return { done: true };
			} catch (error) {
				// Less memory than it has in use can't be set everywhere.
				if (error instanceof EngineError && error.status !== null) return { done: false, why: error.message };
				throw error;
			}
		});
	}

	/** Replaces a small file in a folder of one of its volumes, whatever state it is in. */
	async writeFile(folder: string, file: string, text: string): Promise<void> {
		return this.#inTurn(async () => {
			const life = this.#life;
			if (life === null) throw new Error(`${this.#options.replica} is down`);
			await life.writeFile(folder, file, text);
		});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#disposed = true;
		this.#status = "down";
		this.#expectEnd = true;
		await this.#turn.catch(() => undefined);
		this.#prepared?.close();
		this.#life?.close();
		this.#life = null;
		await this.#options.control[Symbol.asyncDispose]();
		await this.#options.log.close();
	}

	#inTurn<T>(action: () => Promise<T>): Promise<T> {
		const turn = this.#turn.then(action);
		this.#turn = turn.catch(() => undefined);
		return turn;
	}

	/** At once, so that nobody takes its silence for news. */
	#goingDown(): boolean {
		const wasUp = this.#life !== null;
		if (wasUp) this.#status = "down";
		return wasUp;
	}

	async #bringUp(): Promise<BroughtUp> {
		const { replica, log, control, connect, back, spec } = this.#options;
		if (this.#disposed) return { failure: `${replica} is not to be started any more` };
		const incarnation = this.#starts++;
		log.write(Buffer.from(`[pakka] start ${incarnation}: ${spec.image}\n`));
		try {
			const life = this.#prepared ?? (await this.#create(incarnation));
			this.#prepared = null;
			this.#expectEnd = false;
			this.#life = life;
			void life.ended.then((end) => this.#whenEnded(life, end));
			await life.start();
			this.#report("started");
			if (this.#onLinks) await back();
			const port = await life.publishedPort();
			if (port !== null) control.moveTo(connect(port, incarnation));
			return { life };
		} catch (error) {
			this.#life = null;
			if (!(error instanceof EngineError) || error.status === null) throw error;
			return { failure: `can't be started: ${error.message}` };
		}
	}

	async #create(incarnation: number): Promise<OneContainer> {
		const { engine, spec, name, environment, opensVolumes, log } = this.#options;
		if (opensVolumes && !this.#volumesOpen) await openVolumes(engine, `${name}-opener`, spec);
		this.#volumesOpen = true;
		const full = {
			...spec,
			name: `${name}-${incarnation}`,
			environment: environment(incarnation),
			limits: this.#limits,
		};
		return createContainer({ ...this.#options, spec: full, write: log.write }, this.#onLinks);
	}

	async #whenEnded(life: OneContainer, end: ContainerEnd): Promise<void> {
		if (this.#life !== life) return;
		this.#life = null;
		this.#status = "down";
		this.#options.control.moveTo(null);
		if (this.#expectEnd) return;
		await life.lastWords();
		const outOfMemory = await life.ranOutOfMemory(end);
		const told = { ...end, outOfMemory };
		this.#report(outOfMemory ? "oom-killed" : "exited", this.#withLog(describeEnd(told)));
	}

	/** @returns whether SIGKILL was needed. Its container goes, its volumes stay. */
	async #end(life: OneContainer, signal: string, graceMs: number): Promise<boolean> {
		this.#expectEnd = true;
		const wasKilled = await life.end(signal, graceMs);
		if (this.#life === life) {
			this.#life = null;
			this.#status = "down";
			this.#options.control.moveTo(null);
		}
		return wasKilled;
	}

	async #loseVolumes(): Promise<void> {
		const { engine, spec, replica, name } = this.#options;
		// One that ended by itself still holds them.
		for (let incarnation = 0; incarnation < this.#starts; incarnation++) {
			const gone = `${name}-${incarnation}`;
			await engine.attempt(`remove the container ${gone}`, GONE, (docker) =>
				docker.getContainer(gone).remove({ force: true }),
			);
		}
		for (const volume of spec.volumes.filter(({ readOnly }) => !readOnly)) {
			await engine.attempt(`lose the disk of ${replica}`, [404], (docker) =>
				docker.getVolume(volume.name).remove(),
			);
		}
		this.#volumesOpen = false;
	}

	#not(why: string): Done {
		return { done: false, why: `${this.#options.replica} ${why}` };
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

/** For the report of a flooded log. */
export const FLOOD_DETAIL = `more than ${MAX_LOG_BYTES} bytes; the rest of its output is left out`;
