/**
 * Toxiproxy in a container on the run's links network, where replicas reach the proxies by its name and it reaches the
 * replicas by theirs. Its HTTP API is published for the controller. A restart kills and starts the same container.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { StartedToxiproxy } from "../../links/server.ts";
import { connectToxiproxy } from "../../links/toxiproxy-adapter.ts";
import { attachOutput } from "./attach-output.ts";
import type { ContainerEvents } from "./container-events.ts";
import { type ContainerSpec, containerOptions } from "./container-options.ts";
import type { Engine } from "./engine.ts";

/** Its name on the links network. */
export const TOXIPROXY_ALIAS = "toxiproxy";
export const TOXIPROXY_PORT = 8474;
const READY_WITHIN_MS = 20_000;
const READY_POLL_MS = 25;
const GONE_WITHIN_MS = 20_000;
const GONE = [304, 404, 409];
const KEPT_OUTPUT_CHARACTERS = 1_000;

export interface ToxiproxyContainerOptions {
	engine: Engine;
	events: ContainerEvents;
	spec: ContainerSpec;
	linksNetwork: string;
	/** Where published ports are reached. */
	host: string;
	signal?: AbortSignal;
	/** Called once it runs: replicas find it by its name from then on, whether it answers yet or not. */
	whenNamed: () => void;
}

/** @throws Error with its last words when it does not answer in time */
export async function startToxiproxyContainer(options: ToxiproxyContainerOptions): Promise<StartedToxiproxy> {
	const { engine, events, spec, linksNetwork, host, signal, whenNamed } = options;
	const { id } = await engine.call("create the container of Toxiproxy", (docker) =>
		docker.createContainer(containerOptions(spec)),
	);
	const container = engine.docker.getContainer(id);
	const joined = engine.call("connect Toxiproxy to the links", (docker) =>
		docker
			.getNetwork(linksNetwork)
			.connect({ Container: id, EndpointConfig: { Aliases: [TOXIPROXY_ALIAS] } }),
	);
	let output = "";
	const words = () =>
		output.trim() === "" ? ", and printed nothing." : `. It last printed:\n${output.trim()}`;
	let report: (error: Error) => void = () => {};
	let life = 0;
	let ended: Promise<unknown> = Promise.resolve();

	/** @returns the URL of its HTTP API */
	async function start(): Promise<string> {
		const present = ++life;
		let endedBecause: string | null = null;
		output = "";
		const take = (chunk: Buffer) => {
			output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT_CHARACTERS);
		};
		await Promise.all([attachOutput(engine, id, take), joined]);
		ended = events.endOf(id).then(({ exitCode, outOfMemory }) => {
			endedBecause = outOfMemory ? "ran out of memory" : `exited with code ${exitCode}`;
			if (life === present) report(new Error(`Toxiproxy (in a container) ${endedBecause}${words()}`));
		});
		await engine.call("start the container of Toxiproxy", () => container.start());
		if (life === 1) whenNamed();
		const { NetworkSettings } = await engine.call("inspect the container of Toxiproxy", () =>
			container.inspect(),
		);
		const port = NetworkSettings.Ports[`${TOXIPROXY_PORT}/tcp`]?.[0]?.HostPort;
		const found = `http://${host}:${port}`;
		const deadlineMs = performance.now() + READY_WITHIN_MS;
		while (performance.now() < deadlineMs) {
			signal?.throwIfAborted();
			if (endedBecause !== null) {
				throw new Error(
					`Toxiproxy (image ${spec.image}) ${String(endedBecause)} before it answered${words()}`,
				);
			}
			if (port !== undefined && (await answers(found))) return found;
			await sleep(READY_POLL_MS);
		}
		throw new Error(
			`Toxiproxy (image ${spec.image}) did not answer at ${found} within ${READY_WITHIN_MS} ms${words()}`,
		);
	}

	async function end(): Promise<void> {
		life++;
		await engine.attempt("kill the container of Toxiproxy", GONE, () =>
			container.kill({ signal: "SIGKILL" }),
		);
		const bound = new AbortController();
		const tooLate = sleep(GONE_WITHIN_MS, undefined, { signal: bound.signal }).catch(() => undefined);
		await Promise.race([ended, tooLate]);
		bound.abort();
	}

	let url = await start();
	const version = await connectToxiproxy(url).version();
	return {
		get url() {
			return url;
		},
		kind: "container",
		version,
		pid: null,
		whenEnded(callback) {
			report = callback;
		},
		async restart() {
			await end();
			url = await start();
		},
		// It is removed with all else that carries the run's label.
		async [Symbol.asyncDispose]() {
			life++;
		},
	};
}

async function answers(url: string): Promise<boolean> {
	try {
		await connectToxiproxy(url).version();
		return true;
	} catch {
		return false;
	}
}
