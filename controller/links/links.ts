/**
 * The directed links between the replicas of a run: each has one or more lanes, each lane is a proxy. The process
 * runtime hands `peersOf` to the replicas, begins and ends faults by their number in the schedule, and says when
 * replicas are paused and resumed.
 *
 * All timers of link faults are here; `end`, `healAll` and disposing end them. Changes of many lanes run a few at a
 * time, changes of one lane in turn. What was done beyond the schedule (proxies re-created, a server restarted) goes
 * to `note`, so that it stands in the history. The server itself is started and ended elsewhere (`server.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Link } from "../../scenarios/scenario.ts";
import type { LaneEffect, LaneEffects } from "./effects.ts";
import { type FaultPlan, type Lane, type LinkAction, linkName, planFault } from "./faults.ts";
import { keepLane, type LaneKeeper } from "./lane.ts";
import { addressOf, createProxies, type ProxyPlace, planLanes } from "./lay.ts";
import type { PortPool } from "./ports.ts";
import type { StartedToxiproxy } from "./server.ts";
import { createSlots } from "./slots.ts";
import { connectToxiproxy, type ProxySpec, ToxiproxyError } from "./toxiproxy-adapter.ts";
import { wantedState } from "./wanted.ts";

const MAX_CALLS_AT_A_TIME = 8;
/** A server that hangs or dies again and again won't be of use. */
const MAX_SERVER_RESTARTS = 5;
/** A call to a server that has just died may fail before we hear of its death. */
const DEATH_NOTICE_MS = 500;

/** What lanes of a replica that is gone want, as if by a fault of this number. */
const OF_GONE = [-1, [{ kind: "refuse" }]] as const satisfies readonly [number, readonly LaneEffect[]];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface LinkOptions {
	/** Goes into the proxies' names. */
	runId: string;
	/** `address`: host:port on which it accepts peers. */
	replicas: { id: string; address: string }[];
	/** Connections per link. */
	lanes: number;
	server: StartedToxiproxy;
	/** Uniform in [0, 1), from the run's seed. */
	random: () => number;
	/** Ports for the proxies; by default a pool of its own that spares the replicas' ports. */
	ports?: PortPool;
	/** Where the proxies are; by default on 127.0.0.1 of this machine. */
	place?: ProxyPlace;
	note(what: string, detail?: Json): void;
}

export interface StartedLinks extends AsyncDisposable {
	/** For `PAKKA_PEERS` of one replica: peer → host:port per lane. */
	peersOf(id: string): Record<string, string[]>;
	/**
	 * Begins fault `number`, and resolves when it is in force (a reset: when it is over) to the links it touches.
	 * @throws on a fault that these links can't show, or when the server fails
	 */
	begin(number: number, action: LinkAction): Promise<string[]>;
	/** Ends fault `number`; one that is not on is ignored. */
	end(number: number): Promise<void>;
	/** Ends every fault that is on. */
	healAll(): Promise<void>;
	/** Resolves when the links can't be kept any more: the harness's failure, not a replica's. */
	readonly failed: Promise<Error>;
	/** To be awaited before SIGSTOP: from then on the replica's lanes count as broken (see `lane.ts`). */
	replicaPaused(id: string): Promise<void>;
	/**
	 * To be awaited before SIGCONT, and before a paused replica is killed: all lanes to and from it are created
	 * again, so its connections drop and senders send again what may have been lost in mid-stream.
	 */
	replicaResuming(id: string): Promise<void>;
	/**
	 * To be awaited before a replica is taken away together with its address, as a container is: until `replicaBack` its lanes
	 * refuse, or only those that lead to it. The server would otherwise wait for seconds on an address that nobody has, and hang
	 * on any change of such a lane.
	 */
	replicaGone(id: string, lanes: "all" | "inbound"): Promise<void>;
	replicaBack(id: string): Promise<void>;
}

interface ActiveFault {
	plan: FaultPlan;
	effects: LaneEffects;
	/** Ends the fault's schedule of new draws. */
	stop: AbortController;
}

export async function startLinks(options: LinkOptions): Promise<StartedLinks> {
	const laying = { ...options, serverUrl: options.server.url };
	const lanes = planLanes(laying);
	const proxies = await createProxies(lanes, laying);
	return keepLinks(lanes, proxies, options);
}

function keepLinks(lanes: Lane[], proxies: Map<string, ProxySpec>, options: LinkOptions): StartedLinks {
	const replicas = options.replicas.map(({ id }) => id);
	const active = new Map<number, ActiveFault>();
	const paused = new Map<string, number>();
	const gone = new Map<string, "all" | "inbound">();
	const recreated = new Map<string, string[]>();
	const slots = createSlots(MAX_CALLS_AT_A_TIME);
	const background = new Set<Promise<void>>();
	let adapter = connectToxiproxy(options.server.url);
	let restarts = 0;
	let restarting: Promise<void> | null = null;
	let failure: Error | null = null;
	let reportFailure: (error: Error) => void = () => {};
	const failed = new Promise<Error>((resolve) => {
		reportFailure = resolve;
	});
	options.server.whenEnded((error) => {
		if (restarting === null) inBackground(beginRestart(error));
	});

	const isPaused = (id: string) => (paused.get(id) ?? 0) > 0;
	const isBroken = ({ from, to }: Link) => isPaused(from) || isPaused(to);

	const keepers = new Map<string, LaneKeeper>(
		lanes.map((lane) => [
			lane.name,
			keepLane({
				lane,
				proxy: proxies.get(lane.name) as ProxySpec,
				adapter: () => adapter,
				wanted: () => wantedState(effectsOn(lane)),
				broken: () => isBroken(lane),
				recreated: ({ name }, reason) => recreated.set(reason, [...(recreated.get(reason) ?? []), name]),
				beforeRetry,
				inSlot: async (action) => {
					await restarting;
					return slots.run(action);
				},
				sleep: (ms) => sleep(ms),
			}),
		]),
	);

	const keeperOf = (name: string) => keepers.get(name) as LaneKeeper;

	function effectsOn(lane: Lane) {
		const ofFaults = [...active]
			.sort(([left], [right]) => left - right)
			.map(([number, fault]) => [number, fault.effects.get(lane.name) ?? []] as const);
		return gone.has(lane.to) || gone.get(lane.from) === "all" ? [...ofFaults, OF_GONE] : ofFaults;
	}

	async function beforeRetry(error: unknown, unremovable: boolean): Promise<void> {
		if (restarting !== null) return restarting;
		if (!(error instanceof ToxiproxyError) || error.status !== null) return;
		if (!error.timedOut) {
			await sleep(DEATH_NOTICE_MS);
			return restarting ?? undefined;
		}
		return unremovable ? beginRestart(error) : undefined;
	}

	function beginRestart(error: Error): Promise<void> {
		restarting ??= restartServer(error).finally(() => {
			restarting = null;
		});
		return restarting;
	}

	/** It died, or deleting a proxy hung, and with it hangs everything: only a fresh server helps. */
	async function restartServer(error: Error): Promise<void> {
		const { restart } = options.server;
		if (restart === null) {
			throw new Error(
				`the external Toxiproxy at ${options.server.url} hangs and is not ours to restart: ${error.message} ` +
					"Restart it, or let Pakka start its own (unset TOXIPROXY_URL).",
			);
		}
		if (++restarts > MAX_SERVER_RESTARTS) {
			throw new Error(`Toxiproxy failed again after ${MAX_SERVER_RESTARTS} restarts: ${error.message}`);
		}
		options.note("toxiproxy restarted", { reason: error.message, restarts });
		await restart();
		adapter = connectToxiproxy(options.server.url);
		for (const keeper of keepers.values()) {
			keeper.forget("toxiproxy was restarted");
			// In the background: one of these lanes waits for us.
			inBackground(keeper.settle());
		}
	}

	function inBackground(work: Promise<void>): void {
		const guarded = work
			.catch((error: unknown) => {
				failure ??= error instanceof Error ? error : new Error(String(error));
				options.note("links failed", { error: failure.message });
				reportFailure(failure);
			})
			.finally(() => background.delete(guarded));
		background.add(guarded);
	}

	async function settle(which: Iterable<string>): Promise<void> {
		const results = await Promise.allSettled([...which].map((name) => keeperOf(name).settle()));
		noteRecreated();
		const failed = results.find((result) => result.status === "rejected");
		if (failed !== undefined) throw failed.reason;
		if (failure !== null) throw failure;
	}

	function noteRecreated(): void {
		for (const [reason, names] of recreated) {
			options.note("proxy re-created", { reason, proxies: names.sort() });
		}
		recreated.clear();
	}

	const lanesOf = (links: readonly Link[]) => {
		const chosen = new Set(links.map(linkName));
		return lanes.filter((lane) => chosen.has(linkName(lane))).map(({ name }) => name);
	};

	const lanesTouching = (id: string) =>
		lanes.filter(({ from, to }) => from === id || to === id).map(({ name }) => name);

	/** Draws anew until the fault ends. Broken lanes get what is then in force when they are created again. */
	async function keepDrawing(fault: ActiveFault, everyMs: number): Promise<void> {
		const { signal } = fault.stop;
		for (;;) {
			await sleep(everyMs, undefined, { signal }).catch(() => {});
			if (signal.aborted) return;
			fault.effects = fault.plan.draw();
			await settle(lanesOf(fault.plan.links.filter((link) => !isBroken(link))));
		}
	}

	/** Connections are dropped first, so that live ones end too; then new ones meet an RST for a moment. */
	async function reset(number: number, fault: ActiveFault, lastsMs: number): Promise<void> {
		const touched = lanesOf(fault.plan.links);
		const resets = fault.effects;
		fault.effects = new Map(touched.map((name) => [name, [{ kind: "refuse" }]]));
		try {
			await settle(touched);
			fault.effects = resets;
			await settle(touched);
			await sleep(lastsMs, undefined, { signal: fault.stop.signal }).catch(() => {});
		} finally {
			await stop([number]);
		}
	}

	async function stop(numbers: number[]): Promise<void> {
		const touched = new Set<string>();
		for (const number of numbers) {
			const fault = active.get(number);
			if (fault === undefined) continue;
			fault.stop.abort();
			active.delete(number);
			for (const name of lanesOf(fault.plan.links)) touched.add(name);
		}
		await settle(touched);
	}

	return {
		failed,
		peersOf(id) {
			const peers: Record<string, string[]> = {};
			for (const lane of lanes.filter(({ from }) => from === id)) {
				(peers[lane.to] ??= []).push(addressOf(proxies.get(lane.name) as ProxySpec, options.place));
			}
			return peers;
		},
		async begin(number, action) {
			if (active.has(number)) throw new Error(`link fault ${number} is already on.`);
			const plan = planFault(action, replicas, lanes, options.random);
			const fault: ActiveFault = { plan, effects: plan.draw(), stop: new AbortController() };
			active.set(number, fault);
			if (plan.lastsMs !== null) await reset(number, fault, plan.lastsMs);
			else await settle(lanesOf(plan.links));
			if (plan.everyMs !== null && !fault.stop.signal.aborted) {
				inBackground(keepDrawing(fault, plan.everyMs));
			}
			return plan.links.map(linkName);
		},
		end: (number) => stop([number]),
		healAll: () => stop([...active.keys()]),
		async replicaPaused(id) {
			paused.set(id, (paused.get(id) ?? 0) + 1);
			await Promise.all([...keepers.values()].filter(touching(id)).map((keeper) => keeper.idle()));
		},
		async replicaResuming(id) {
			if (!isPaused(id)) return;
			const touched = [...keepers.values()].filter(touching(id));
			const reason = `${id} is about to resume`;
			// All are gone before the first is back, in the order of links and lanes.
			for (const keeper of touched) await keeper.drop(reason);
			await settle(touched.map(({ lane }) => lane.name));
			paused.set(id, (paused.get(id) ?? 1) - 1);
		},
		async replicaGone(id, which) {
			gone.set(id, which);
			await settle(lanesTouching(id));
		},
		async replicaBack(id) {
			if (gone.delete(id)) await settle(lanesTouching(id));
		},
		async [Symbol.asyncDispose]() {
			for (const fault of active.values()) fault.stop.abort();
			active.clear();
			await Promise.all(background);
			await removeProxies();
		},
	};

	/** Only ours. A server that hangs or is gone is left alone: its owner ends it. */
	async function removeProxies(): Promise<void> {
		let reachable = true;
		const remove = async (name: string) => {
			if (!reachable) return;
			await adapter.remove(name).catch(() => {
				reachable = false;
			});
		};
		await Promise.all([...proxies.keys()].map((name) => slots.run(() => remove(name))));
	}
}

function touching(id: string): (keeper: LaneKeeper) => boolean {
	return ({ lane }) => lane.from === id || lane.to === id;
}
