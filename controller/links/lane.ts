/**
 * Keeps one lane's proxy as the active faults want it. Declarative: whoever changes a fault asks every lane that it
 * touches to `settle`, and the lane compares what is wanted now with what it knows to be there. So faults may overlap
 * and end in any order. Changes of one lane come one after another.
 *
 * A lane is *broken* while a replica at one of its ends is paused: on the real server any change of its toxics could
 * dead-lock, or lose bytes in mid-stream. Its proxy is then deleted and created again with what is wanted;
 * connections drop, senders connect and send again. The same is the cure for a call that timed out.
 */
import type { Direction, LaneEffect } from "./effects.ts";
import type { Lane } from "./faults.ts";
import type { ProxySpec, ToxiproxyAdapter } from "./toxiproxy-adapter.ts";

/** Change, then re-creation, then re-creation on a restarted server. */
const MAX_ATTEMPTS = 3;
/** A proxy's port may be taken for a moment by a listener that is just closing. */
const MAX_ENABLE_ATTEMPTS = 10;
const ENABLE_RETRY_MS = 50;
/** Held data passes on when something is added behind it, so what holds is added last. */
const ORDER_OF_ADDING = ["black-hole", "delay", "throttle", "reset", "hold"];

/** What is to be, or is, at the server: `null` there means that the proxy has to be created. */
export interface LaneState {
	enabled: boolean;
	/** By name; names carry the fault's number where effects of several faults add up. */
	effects: Map<string, LaneEffect>;
}

export interface LaneKeeper {
	readonly lane: Lane;
	/** Makes the proxy as wanted at the moment when its turn comes. */
	settle(): Promise<void>;
	/** Deletes the proxy; `settle` creates it again, for the reason given. */
	drop(reason: string): Promise<void>;
	/** Resolves when no change is under way; never rejects. */
	idle(): Promise<void>;
	/** The server has none of our proxies any more. */
	forget(reason: string): void;
}

export interface LaneKeeperOptions {
	lane: Lane;
	proxy: ProxySpec;
	/** The server may be replaced by another: asked for each call. */
	adapter(): ToxiproxyAdapter;
	wanted(): LaneState;
	broken(): boolean;
	recreated(lane: Lane, reason: string): void;
	/**
	 * Called before another attempt: `unremovable` when even deleting the proxy timed out, which freezes the whole
	 * server. Resolves when calls may be made again. @throws when there is no way on
	 */
	beforeRetry(error: unknown, unremovable: boolean): Promise<void>;
	/** Waits for one of the few slots for calls to the server. */
	inSlot<T>(action: () => Promise<T>): Promise<T>;
	sleep(ms: number): Promise<void>;
}

/** For a proxy that was just created as `proxy`, enabled and without effects. */
export function keepLane(options: LaneKeeperOptions): LaneKeeper {
	const { lane, proxy } = options;
	let there: LaneState | null = { enabled: true, effects: new Map() };
	let whyNot = "";
	let tail: Promise<void> = Promise.resolve();

	function inTurn(action: () => Promise<void>): Promise<void> {
		const turn = tail.then(() => options.inSlot(action));
		tail = turn.catch(() => {});
		return turn;
	}

	async function reconcile(): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			let removing = false;
			try {
				const wanted = options.wanted();
				const state = there;
				if (state !== null && same(state, wanted)) return;
				const reason = state === null ? whyNot : whyRecreate(state, wanted, options.broken());
				if (state !== null && reason === null) {
					await change(options.adapter(), proxy, state, wanted);
					return;
				}
				there = null;
				whyNot = reason ?? whyNot;
				removing = true;
				await options.adapter().remove(proxy.name);
				removing = false;
				there = await create(options, wanted);
				options.recreated(lane, whyNot);
				return;
			} catch (error) {
				there = null;
				whyNot = error instanceof Error ? error.message : String(error);
				if (attempt === MAX_ATTEMPTS) throw error;
				await options.beforeRetry(error, removing);
			}
		}
	}

	return {
		lane,
		settle: () => inTurn(reconcile),
		drop: (reason) =>
			inTurn(async () => {
				there = null;
				whyNot = reason;
				try {
					await options.adapter().remove(proxy.name);
				} catch (error) {
					await options.beforeRetry(error, true);
				}
			}),
		idle: () => tail,
		forget(reason) {
			there = null;
			whyNot = reason;
		},
	};
}

/** Why the difference can't be made on the live proxy; null: it can. */
function whyRecreate(there: LaneState, wanted: LaneState, broken: boolean): string | null {
	if (broken) return "a replica at its end is paused";
	const turnsLossy = (direction: Direction) =>
		holds(there, direction) &&
		!holds(wanted, direction) &&
		has(wanted, "black-hole", direction) &&
		!has(there, "black-hole", direction);
	return turnsLossy("messages") || turnsLossy("answers")
		? "from holding to losing without letting through"
		: null;
}

/** Updates `there` step by step, so that it is right also when a call fails. */
async function change(
	adapter: ToxiproxyAdapter,
	proxy: ProxySpec,
	there: LaneState,
	wanted: LaneState,
): Promise<void> {
	if (there.enabled && !wanted.enabled) {
		await adapter.enable(proxy, false);
		there.enabled = false;
	}
	for (const [name, effect] of additions(there, wanted)) {
		await adapter.addEffect(proxy, name, effect);
		there.effects.set(name, effect);
	}
	for (const [name, effect] of wanted.effects) {
		const before = there.effects.get(name);
		if (before === undefined || sameEffect(before, effect)) continue;
		await adapter.changeEffect(proxy, name, effect);
		there.effects.set(name, effect);
	}
	const gone = [...there.effects.keys()].filter((name) => !wanted.effects.has(name));
	for (const name of gone) {
		await adapter.removeEffect(proxy, name);
		there.effects.delete(name);
	}
	// What could not be added behind held data can be, once nothing is held.
	for (const [name, effect] of additions(there, wanted)) {
		await adapter.addEffect(proxy, name, effect);
		there.effects.set(name, effect);
	}
	if (!there.enabled && wanted.enabled) {
		await adapter.enable(proxy, true);
		there.enabled = true;
	}
}

/**
 * What is missing, in the order of adding. Behind an effect that holds nothing is added: the server flushes the chunk
 * in hand past whatever comes new. It waits until the hold ends.
 */
function additions(there: LaneState, wanted: LaneState): [string, LaneEffect][] {
	return inOrderOfAdding(wanted).filter(
		([name, effect]) =>
			!there.effects.has(name) && effect.kind !== "refuse" && !holds(there, effect.direction),
	);
}

function inOrderOfAdding(state: LaneState): [string, LaneEffect][] {
	const rank = ([, effect]: [string, LaneEffect]) => ORDER_OF_ADDING.indexOf(effect.kind);
	return [...state.effects].sort((left, right) => rank(left) - rank(right));
}

/** Disabled until all its effects are there, so that nothing slips through. */
async function create(options: LaneKeeperOptions, wanted: LaneState): Promise<LaneState> {
	const { proxy } = options;
	const adapter = options.adapter();
	await adapter.create(proxy, false);
	for (const [name, effect] of inOrderOfAdding(wanted)) await adapter.addEffect(proxy, name, effect);
	if (wanted.enabled) {
		for (let attempt = 1; ; attempt++) {
			try {
				await adapter.enable(proxy, true);
				break;
			} catch (error) {
				if (attempt === MAX_ENABLE_ATTEMPTS || !isPortTaken(error)) throw error;
				await options.sleep(ENABLE_RETRY_MS);
			}
		}
	}
	return { enabled: wanted.enabled, effects: new Map(wanted.effects) };
}

function isPortTaken(error: unknown): boolean {
	return error instanceof Error && /address already in use|EADDRINUSE/i.test(error.message);
}

function holds(state: LaneState, direction: Direction): boolean {
	return has(state, "hold", direction);
}

function has(state: LaneState, kind: LaneEffect["kind"], direction: Direction): boolean {
	return [...state.effects.values()].some(
		(effect) => effect.kind === kind && effect.kind !== "refuse" && effect.direction === direction,
	);
}

/** Nothing is to be done now: additions behind held data wait. */
function same(there: LaneState, wanted: LaneState): boolean {
	if (there.enabled !== wanted.enabled || additions(there, wanted).length > 0) return false;
	return [...there.effects].every(([name, effect]) => {
		const other = wanted.effects.get(name);
		return other !== undefined && sameEffect(effect, other);
	});
}

function sameEffect(left: LaneEffect, right: LaneEffect): boolean {
	return JSON.stringify(left) === JSON.stringify(right);
}
