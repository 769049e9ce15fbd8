/** What is played, by whose choice, and what comes of it: the shapes around `play.ts`. */
import type { ReplicaDefinition, SimMessage } from "../controller/runtimes/sim/cluster.ts";
import type { Violation } from "./judge.ts";
import type { Schedule, Step } from "./schedule.ts";
import type { Witness } from "./witness.ts";

export type Outcome =
	| ({ kind: "held" } & Played)
	| ({ kind: "violated"; violation: Violation } & Played)
	/** Nothing was judged: no update was accepted. */
	| ({ kind: "invalid"; reason: string } & Played);

export interface Played {
	/** What was played, without the steps that were skipped. */
	schedule: Schedule;
	/** Steps of replicas, those of the end among them. */
	events: number;
	/** Of all that was observed: delivered sets and views, in order. Equal plays have equal digests. */
	digest: number;
}

/** What a strategy sees before it chooses the next step. */
export interface World {
	readonly replicas: number;
	readonly isUp: (replica: number) => boolean;
	/** Labelled messages that were sent and neither arrived nor were dropped, in the order in which they were sent. */
	readonly inFlight: readonly SimMessage[];
	/** Labelled messages that have arrived, in the order of their arrival. */
	readonly arrived: readonly SimMessage[];
}

/** @returns null when there is no further step */
export type Chooser = (world: World) => Step | null;

/** A definition, with what belongs to how it is played rather than to what it is. */
export interface Playable extends ReplicaDefinition {
	/** Copy messages and records, as on their way between processes: for replicas that may change what they have sent. */
	copies?: boolean;
	/** Of the streams that replicas draw from; the scenario's. */
	seed?: number;
}

export interface PlayOptions {
	/** A property to report before all others, when it is violated too. */
	wanted?: string | null;
	/** The only properties to look for, besides invariants; null: all. */
	checks?: readonly string[] | null;
	/** Called with a hash of what each replica has delivered, whenever that may have changed. */
	onConfiguration?(hash: number): void;
	/** Is told of all that a history holds. */
	witness?: Witness;
}
