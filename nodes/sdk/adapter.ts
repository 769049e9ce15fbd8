/**
 * An adapter lets Pakka test a server that does not speak the replica protocol, in the image that its makers ship: it says how
 * a container of it is started, which port peers connect to, and how operations and views are asked for in the
 * server's own protocol. It is the default export of a TypeScript or JavaScript file that a scenario names:
 *
 *     replicas: { image: "redis:7", adapter: ./redis-adapter.ts, type: pn-counter }
 *
 * The adapter runs in the harness, not in the container: the server stays as it is. Left out on purpose: any protocol between
 * the replicas. That is the server's own, through the links that Pakka lays.
 */
import type { DeliveredJson, Json, Operation, ReplicaId, Reply } from "./replica.ts";

/** One replica, as its container's start may need to know it. */
export interface AdaptedNode {
	id: ReplicaId;
	/** All replicas, this one included, in the order of the scenario. */
	replicas: readonly ReplicaId[];
	/**
	 * host:port by peer, as seen from the container, one for each lane. They lead through Toxiproxy to the peer's port for peers:
	 * a connection made elsewhere is a connection that no fault ever touches.
	 */
	peers: Readonly<Record<ReplicaId, readonly string[]>>;
	/** `replicas.options` of the scenario. */
	options: Readonly<Record<string, Json>>;
	/** For whatever randomness the server can be given a seed for. */
	seed: number;
	/** A folder in the container that survives a crash. Everything else is read-only, but for /tmp. */
	dataFolder: string;
}

/** What is started; what is left out is the image's own. */
export interface AdaptedStart {
	entrypoint?: string[];
	command?: string[];
	environment?: Record<string, string>;
}

export interface AdaptedState {
	/** What a user of this replica sees now; any value that the view encoding knows. */
	view: unknown;
	/** The updates that have taken effect here, of the same moment as the view; where the server can't tell, leave it out. */
	delivered?: DeliveredJson;
	pending?: number;
}

/**
 * How one running server is spoken to. Every call is bounded by the harness, which aborts `signal` at the bound: end what
 * is under way then. Calls may come side by side.
 */
export interface AdaptedServer {
	/** Whether it takes operations. Asked again and again after a start; not reaching it is `false` or an error, both mean not yet. */
	ready(signal: AbortSignal): Promise<boolean>;
	/**
	 * Resolves to `ok: true` when the operation happened and to `ok: false` when it surely did not and never will. When that
	 * can't be told (a lost connection, a time-out, an answer that makes no sense) throw: the history then says that it
	 * may have happened.
	 */
	invoke(operation: Operation, signal: AbortSignal): Promise<Reply & { delivered?: DeliveredJson }>;
	/** Read at this very replica, not where it would forward to. */
	state(signal: AbortSignal): Promise<AdaptedState>;
	/** The server is gone, or the run is over. */
	close(): void | Promise<void>;
}

export interface AdapterDefinition {
	/** TCP ports in the container: `client` is spoken to by the adapter, `peers` is where links lead. They may be one. */
	ports: { client: number; peers: number };
	/** Where the server keeps its data; `/data` where left out. */
	dataFolder?: string;
	/** The file's mistakes in `replicas.options`, in words; null when there is none. */
	checkOptions?(options: Readonly<Record<string, Json>>): string | null;
	start(node: AdaptedNode): AdaptedStart;
	/**
	 * Called after every start. Nothing needs to be connected when it returns.
	 * @param address where the client port is reached from here; another one after every start
	 * @param node `incarnation`: how often it was started before
	 */
	connect(
		address: { host: string; port: number },
		node: AdaptedNode & { incarnation: number },
	): AdaptedServer;
}

/** Typed identity: `export default defineAdapter({ … })`. */
export function defineAdapter(definition: AdapterDefinition): AdapterDefinition {
	return definition;
}
