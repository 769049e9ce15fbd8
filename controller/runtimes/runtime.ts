/**
 * What the controller needs of a runtime whose nodes are real: processes here, containers in another. Nodes are named by
 * replica id, never by address, so that a runtime may place them on several hosts. The runtime reports the life of its
 * nodes as node events by itself; the controller only asks for things to be done.
 *
 * The simulator is not one of these: it has no nodes to start, and shares the planning and the scenario instead.
 */
import type { Json } from "../../history/events.ts";
import type { CrashDisk, Scenario } from "../../scenarios/scenario.ts";
import type { ControlClient } from "../control-client.ts";
import type { Leftovers } from "../leftovers.ts";
import type { StartedLinks } from "../links/links.ts";
import type { NodeReport } from "../recorder.ts";

export interface RuntimeOptions {
	runId: string;
	scenario: Scenario;
	/** What is made is entered here, so that it can be removed when this process is killed. */
	leftovers: Leftovers;
	/** Logs go to `<replica>.log` in it. */
	logsFolder: string;
	report: (node: NodeReport) => void;
	note: (what: string, detail?: Json) => void;
	/** Uniform in [0, 1): what the links draw. */
	random: () => number;
	/** Ends the start of the runtime. */
	signal?: AbortSignal;
}

/** `down`: crashed by the nemesis, or gone by itself. */
export type NodeStatus = "starting" | "up" | "paused" | "down";

export type StartOutcome =
	| { kind: "ready" }
	/** It can't be started, ended before it was ready, or never became ready; with its last log lines. */
	| { kind: "failed"; reason: string };

/** Asked for something that its status forbids (pause a dead node), a node is left alone. */
export type Done = { done: true } | { done: false; why: string };

export interface ContainerFaults {
	/** Asks it to end, and kills it when the grace is over; its disk is kept. */
	stop(replica: string, graceMs: number): Promise<Done>;
	/** Takes it off the network of the links, until `connect`. */
	disconnect(replica: string): Promise<Done>;
	connect(replica: string): Promise<Done>;
	/** Null: what it had from the start. */
	limit(replica: string, limits: { cpus: number | null; memoryBytes: number | null } | null): Promise<Done>;
}

export interface StartedRuntime extends AsyncDisposable {
	readonly links: StartedLinks;
	readonly toxiproxy: { kind: string; version: string };
	/** Resolves when something of the runtime itself fails, which is no replica's fault. */
	readonly failed: Promise<Error>;
	/** The host:port and client stay the same over restarts. */
	control(replica: string): ControlClient;
	status(replica: string): NodeStatus;
	/** How often the node was started before its present life: 0 in the first. */
	incarnation(replica: string): number;
	/** Starts a node that is down and waits, within a bound, until it is healthy. */
	start(replica: string): Promise<StartOutcome>;
	/** SIGKILL or its like: nothing is flushed. With `lose` its disk is emptied afterwards; `torn` is refused before. */
	crash(replica: string, disk: CrashDisk): Promise<Done>;
	/** Stops it in mid-instruction; connections stay open. */
	pause(replica: string): Promise<Done>;
	resume(replica: string): Promise<Done>;
	/** What can be done to containers only; null: the nodes are none. */
	readonly containers: ContainerFaults | null;
	/** Newest last. */
	lastLogLines(replica: string): string[];
}
