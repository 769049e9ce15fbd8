/**
 * One replica's container, over its lives. Every start makes a new container on the same volumes (its environment says which
 * start it is), every end is told apart: ended by itself, out of memory, crashed or stopped by the schedule.
 *
 * Whatever the engine is asked for a replica goes one after another; waiting until it is healthy does not hold that up.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { pack } from "tar-stream";
import type { CrashDisk } from "../../../scenarios/scenario.ts";
import type { ControlClient } from "../../control-client.ts";
import type { NodeReport } from "../../recorder.ts";
import { type LogFile, MAX_LOG_BYTES } from "../process/log-file.ts";
import type { Done, NodeStatus, StartOutcome } from "../runtime.ts";
import { type AttachedOutput, attachOutput } from "./attach-output.ts";
import type { ContainerEnd, ContainerEvents } from "./container-events.ts";
import {
	type ContainerSpec,
	containerOptions,
	type Limits,
	NO_LIMITS,
	resourcesOf,
} from "./container-options.ts";
import { type Engine, EngineError } from "./engine.ts";
import type { MovingControl } from "./moving-control.ts";
import { openVolumes } from "./volumes.ts";

/** From the container's start to the first 200 of /health. Generous: many start at once on few cores. */
export const HEALTHY_WITHIN_MS = 20_000;
const HEALTH_POLL_MS = 25;
/** The engine accepts connections to a published port before the program listens, and lets them hang. */
const HEALTH_TIMEOUT_MS = 1_000;
/** SIGKILL takes effect in a quarter of a second; the engine's news of it may be late when it starts others. */
const GONE_WITHIN_MS = 20_000;
const LAST_WORDS_WITHIN_MS = 500;
/** The engine's word for a process that a SIGKILL ended. */
const EXIT_KILLED = 137;
const GONE = [304, 404, 409];

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

interface Life {
	id: string;
	output: AttachedOutput;
	ended: Promise<ContainerEnd>;
}

export class NodeContainer implements AsyncDisposable {
	readonly #options: NodeContainerOptions;
	#life: Life | null = null;
	#starts = 0;
	#status: NodeStatus = "down";
	/** The next end of the container is our doing. */
	#expectEnd = false;
	#disposed = false;
	/** Its volumes are there and may be written. */
	#prepared = false;
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

	/** @throws EngineError when the engine does not answer */
	async start(): Promise<StartOutcome> {
		const { replica } = this.#options;
		if (this.#status !== "down") return { kind: "failed", reason: `${replica} is still running` };
		this.#status = "starting";
		const brought = await this.#inTurn(() => this.#bringUp());
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
			await this.#ask("pause", [], life.id, (container) => container.pause());
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
			await this.#ask("unpause", [], life.id, (container) => container.unpause());
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
			const { engine, linksNetwork, replica, leaving, back } = this.#options;
			if (on) {
				await this.#connect(life.id);
				await back();
			} else {
				await leaving("all");
				await engine.attempt(`disconnect ${replica}`, GONE, (docker) =>
					docker.getNetwork(linksNetwork).disconnect({ Container: life.id, Force: true }),
				);
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
				await this.#ask("limit", [], life.id, (container) => container.update(resourcesOf(limits)));
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
			const archive = pack();
			archive.entry({ name: file, mode: 0o644 }, text);
			archive.finalize();
			await this.#ask(`write ${file} in`, [], life.id, (container) =>
				container.putArchive(archive, { path: folder }),
			);
		});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#disposed = true;
		this.#status = "down";
		this.#expectEnd = true;
		await this.#turn.catch(() => undefined);
		this.#life?.output.close();
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

	async #bringUp(): Promise<{ life: Life } | { failure: string }> {
		const { replica, engine, events, log, control, connect, back, spec } = this.#options;
		if (this.#disposed) return { failure: `${replica} is not to be started any more` };
		const incarnation = this.#starts++;
		log.write(Buffer.from(`[pakka] start ${incarnation}: ${spec.image}\n`));
		try {
			const id = await this.#create(incarnation);
			const output = await attachOutput(engine, id, log.write);
			const life: Life = { id, output, ended: events.endOf(id) };
			this.#expectEnd = false;
			this.#life = life;
			void life.ended.then((end) => this.#whenEnded(life, end));
			await this.#ask("start", [], id, (container) => container.start());
			this.#report("started");
			if (this.#onLinks) await back();
			const port = await this.#publishedPort(id);
			if (port !== null) control.moveTo(connect(port, incarnation));
			return { life };
		} catch (error) {
			this.#life = null;
			if (!(error instanceof EngineError) || error.status === null) throw error;
			return { failure: `can't be started: ${error.message}` };
		}
	}

	async #create(incarnation: number): Promise<string> {
		const { replica, engine, spec, name, environment, opensVolumes } = this.#options;
		if (opensVolumes && !this.#prepared) await openVolumes(engine, `${name}-opener`, spec);
		this.#prepared = true;
		const options = containerOptions({
			...spec,
			name: `${name}-${incarnation}`,
			environment: environment(incarnation),
			limits: this.#limits,
		});
		const { id } = await engine.call(`create the container of ${replica}`, (docker) =>
			docker.createContainer(options),
		);
		if (this.#onLinks) await this.#connect(id);
		return id;
	}

	async #connect(id: string): Promise<void> {
		const { engine, linksNetwork, alias, replica } = this.#options;
		await engine.call(`connect ${replica} to its links`, (docker) =>
			docker.getNetwork(linksNetwork).connect({ Container: id, EndpointConfig: { Aliases: [alias] } }),
		);
	}

	async #publishedPort(id: string): Promise<string | null> {
		const { spec } = this.#options;
		const { NetworkSettings } = await this.#ask("inspect", [], id, (container) => container.inspect()).then(
			(found) => found ?? { NetworkSettings: { Ports: {} } },
		);
		// None where it has ended already.
		const ports = NetworkSettings.Ports as Record<string, { HostPort: string }[] | null | undefined>;
		return ports[`${spec.publishedPort}/tcp`]?.[0]?.HostPort ?? null;
	}

	async #whenEnded(life: Life, end: ContainerEnd): Promise<void> {
		if (this.#life !== life) return;
		this.#life = null;
		this.#status = "down";
		this.#options.control.moveTo(null);
		if (this.#expectEnd) return;
		await Promise.race([life.output.ended, sleep(LAST_WORDS_WITHIN_MS)]);
		const outOfMemory =
			end.outOfMemory || (end.exitCode === EXIT_KILLED && (await this.#ranOutOfMemory(life)));
		const told = { ...end, outOfMemory };
		this.#report(outOfMemory ? "oom-killed" : "exited", this.#withLog(describeEnd(told)));
	}

	/** Not every engine sends an event of it. */
	async #ranOutOfMemory({ id }: Life): Promise<boolean> {
		const found = await this.#ask("inspect", GONE, id, (container) => container.inspect()).catch(() => null);
		return found?.State.OOMKilled ?? false;
	}

	/** @returns whether SIGKILL was needed. With its container, whose volumes stay. */
	async #end(life: Life, signal: string, graceMs: number): Promise<boolean> {
		this.#expectEnd = true;
		const send = (name: string) =>
			this.#ask(name, GONE, life.id, (container) => container.kill({ signal: name }));
		await send(signal);
		let wasKilled = signal === "SIGKILL";
		if (!wasKilled && !(await endsWithin(life, graceMs))) {
			wasKilled = true;
			await send("SIGKILL");
		}
		if (!(await endsWithin(life, GONE_WITHIN_MS))) {
			throw new Error(
				`the container of ${this.#options.replica} is still there ${GONE_WITHIN_MS} ms after SIGKILL`,
			);
		}
		if (this.#life === life) {
			this.#life = null;
			this.#status = "down";
			this.#options.control.moveTo(null);
		}
		await Promise.race([life.output.ended, sleep(LAST_WORDS_WITHIN_MS)]);
		await this.#ask("remove", GONE, life.id, (container) => container.remove({ force: true, v: true }));
		return wasKilled;
	}

	async #loseVolumes(): Promise<void> {
		const { engine, spec, replica, name } = this.#options;
		// One that ended by itself still holds them.
		for (let incarnation = 0; incarnation < this.#starts; incarnation++) {
			await this.#ask("remove", GONE, `${name}-${incarnation}`, (container) =>
				container.remove({ force: true }),
			);
		}
		for (const volume of spec.volumes.filter(({ readOnly }) => !readOnly)) {
			await engine.attempt(`lose the disk of ${replica}`, [404], (docker) =>
				docker.getVolume(volume.name).remove(),
			);
		}
		this.#prepared = false;
	}

	#ask<T>(
		what: string,
		fine: readonly number[],
		id: string,
		action: (container: ReturnType<Engine["docker"]["getContainer"]>) => Promise<T>,
	): Promise<T | null> {
		const { engine, replica } = this.#options;
		return engine.attempt(`${what} the container of ${replica}`, fine, (docker) =>
			action(docker.getContainer(id)),
		);
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

async function endsWithin(life: Life, boundMs: number): Promise<boolean> {
	const bound = new AbortController();
	const tooLate = sleep(boundMs, false, { signal: bound.signal }).catch(() => false);
	const ended = await Promise.race([life.ended.then(() => true), tooLate]);
	bound.abort();
	return ended;
}

function describeEnd({ exitCode, outOfMemory }: ContainerEnd): string {
	if (outOfMemory) return `out of memory: the kernel killed it (exit code ${exitCode})`;
	return exitCode === EXIT_KILLED ? `killed by SIGKILL (exit code ${exitCode})` : `exit code ${exitCode}`;
}

/** For the report of a flooded log. */
export const FLOOD_DETAIL = `more than ${MAX_LOG_BYTES} bytes; the rest of its output is left out`;
