/**
 * One container of a replica, from its creation to its removal: what the engine is asked, what it tells of the end. Which life of
 * the replica this is, and what that end means, is node-container.ts' business.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { pack } from "tar-stream";
import { type AttachedOutput, attachOutput } from "./attach-output.ts";
import type { ContainerEnd, ContainerEvents } from "./container-events.ts";
import { type ContainerSpec, containerOptions, type Limits, resourcesOf } from "./container-options.ts";
import type { Engine } from "./engine.ts";

/** SIGKILL takes effect in a quarter of a second; the engine's news of it may be late when it starts others. */
const GONE_WITHIN_MS = 20_000;
const LAST_WORDS_WITHIN_MS = 500;
/** The engine's word for a process that a SIGKILL ended. */
const EXIT_KILLED = 137;
/** It does so already, is gone, or is being removed: what was wanted. */
export const GONE = [304, 404, 409];

export interface OneContainerOptions {
	engine: Engine;
	events: ContainerEvents;
	spec: ContainerSpec;
	/** For errors: whose container it is. */
	replica: string;
	/** The network of the links, and its name there. */
	linksNetwork: string;
	alias: string;
	/** Takes what it prints. */
	write: (chunk: Buffer) => void;
}

/** Every method throws EngineError when the engine does not answer, or refuses. */
export interface OneContainer {
	readonly ended: Promise<ContainerEnd>;
	start(): Promise<void>;
	/** Of the engine's host; null where it has ended already. Another one after every start. */
	publishedPort(): Promise<string | null>;
	joinLinks(): Promise<void>;
	leaveLinks(): Promise<void>;
	pause(): Promise<void>;
	unpause(): Promise<void>;
	limit(limits: Limits): Promise<void>;
	/** Replaces a small file in a folder of one of its volumes, whatever state it is in. */
	writeFile(folder: string, file: string, text: string): Promise<void>;
	/** Ends it and removes it, without its volumes. @returns whether SIGKILL was needed */
	end(signal: string, graceMs: number): Promise<boolean>;
	/** Resolves when all that it printed was written, or surely won't be. */
	lastWords(): Promise<void>;
	/** Whether that end was for lack of memory: not every engine sends an event of it. */
	ranOutOfMemory(end: ContainerEnd): Promise<boolean>;
	/** Reads no more of what it prints. */
	close(): void;
}

/** Creates it, and listens to it; nothing runs yet. @throws EngineError */
export async function createContainer(options: OneContainerOptions, onLinks: boolean): Promise<OneContainer> {
	const { engine, events, spec, replica, linksNetwork, alias, write } = options;
	const { id } = await engine.call(`create the container of ${replica}`, (docker) =>
		docker.createContainer(containerOptions(spec)),
	);
	const ask = <T>(
		what: string,
		action: (container: ReturnType<Engine["docker"]["getContainer"]>) => Promise<T>,
		fine: readonly number[] = [],
	): Promise<T | null> =>
		engine.attempt(`${what} the container of ${replica}`, fine, (docker) => action(docker.getContainer(id)));
	async function joinLinks(): Promise<void> {
		await engine.call(`connect ${replica} to its links`, (docker) =>
			docker.getNetwork(linksNetwork).connect({ Container: id, EndpointConfig: { Aliases: [alias] } }),
		);
	}
	const ended = events.endOf(id);
	const [output] = await Promise.all([attachOutput(engine, id, write), onLinks ? joinLinks() : null]);
	const inspect = (fine: readonly number[]) => ask("inspect", (container) => container.inspect(), fine);
	return {
		ended,
		joinLinks,
		async start() {
			await ask("start", (container) => container.start());
		},
		async publishedPort() {
			const found = await inspect([]);
			const ports: Record<string, { HostPort: string }[] | null | undefined> =
				found?.NetworkSettings.Ports ?? {};
			return ports[`${spec.publishedPort}/tcp`]?.[0]?.HostPort ?? null;
		},
		async leaveLinks() {
			await engine.attempt(`disconnect ${replica}`, GONE, (docker) =>
				docker.getNetwork(linksNetwork).disconnect({ Container: id, Force: true }),
			);
		},
		async pause() {
			await ask("pause", (container) => container.pause());
		},
		async unpause() {
			await ask("unpause", (container) => container.unpause());
		},
		async limit(limits) {
			await ask("limit", (container) => container.update(resourcesOf(limits)));
		},
		async writeFile(folder, file, text) {
			const archive = pack();
			archive.entry({ name: file, mode: 0o644 }, text);
			archive.finalize();
			await ask(`write ${file} in`, (container) => container.putArchive(archive, { path: folder }));
		},
		async end(signal, graceMs) {
			const send = (name: string) => ask(name, (container) => container.kill({ signal: name }), GONE);
			await send(signal);
			let wasKilled = signal === "SIGKILL";
			if (!wasKilled && !(await endsWithin(ended, graceMs))) {
				wasKilled = true;
				await send("SIGKILL");
			}
			if (!(await endsWithin(ended, GONE_WITHIN_MS))) {
				throw new Error(`the container of ${replica} is still there ${GONE_WITHIN_MS} ms after SIGKILL`);
			}
			await printed(output);
			await ask("remove", (container) => container.remove({ force: true, v: true }), GONE);
			return wasKilled;
		},
		lastWords: () => printed(output),
		async ranOutOfMemory({ exitCode, outOfMemory }) {
			if (outOfMemory || exitCode !== EXIT_KILLED) return outOfMemory;
			const found = await inspect(GONE).catch(() => null);
			return found?.State.OOMKilled ?? false;
		},
		close: () => output.close(),
	};
}

export function describeEnd({ exitCode, outOfMemory }: ContainerEnd): string {
	if (outOfMemory) return `out of memory: the kernel killed it (exit code ${exitCode})`;
	return exitCode === EXIT_KILLED ? `killed by SIGKILL (exit code ${exitCode})` : `exit code ${exitCode}`;
}

async function printed(output: AttachedOutput): Promise<void> {
	await Promise.race([output.ended, sleep(LAST_WORDS_WITHIN_MS)]);
}

async function endsWithin(end: Promise<unknown>, boundMs: number): Promise<boolean> {
	const bound = new AbortController();
	const tooLate = sleep(boundMs, false, { signal: bound.signal }).catch(() => false);
	const ended = await Promise.race([end.then(() => true), tooLate]);
	bound.abort();
	return ended;
}
