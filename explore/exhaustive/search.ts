/**
 * The search itself: configurations in the order of the number of steps that lead to them, each gone on from in every way, until
 * nothing is left, something is found, or a bound is met. `strategies/exhaustive.ts` says why it may leave out orders.
 */
import { type Agreement, createAgreement } from "./agreement.ts";
import { type Behaviour, type Behaviours, createBehaviours, type Transition } from "./behaviours.ts";
import { type Configurations, createConfigurations } from "./configurations.ts";
import { createLocals, type Local, type Locals } from "./locals.ts";
import { copiesOf, type ExhaustiveProblem } from "./problem.ts";
import { createTraffic, type Traffic } from "./traffic.ts";

/** A step of one replica, in a configuration: deliveries up to `from`, then the message or the operation. */
export interface Place {
	configuration: number;
	replica: number;
	from: Local;
	/** Null: its next operation. */
	message: number | null;
}

export type Finding =
	| { kind: "threw"; place: Place; words: string }
	| { kind: "mismatch"; place: Place; cause: string; words: string; behaviour: Behaviour }
	/** One replica at two moments, with the same delivered. */
	| { kind: "changed"; place: Place; before: Behaviour; after: Behaviour }
	/** Two replicas in one configuration. */
	| { kind: "pair"; configuration: number; one: Local; other: Local }
	/** At the end of a run, where replicas don't say what they have delivered. */
	| { kind: "ends"; configuration: number; ends: readonly Local[] }
	/** Two runs. */
	| { kind: "apart"; one: Behaviour; other: Behaviour; places: [Place, Place] };

export interface Searched {
	finding: Finding | null;
	/** The bound that ended it. */
	stopped: boolean;
	/** Interleavings gone through; null where that is not known. */
	schedules: bigint | null;
	/** Operations in all of the configurations that were completely gone on from. */
	operationsReached: number;
	unequalEnds: number;
}

export interface Search {
	readonly behaviours: Behaviours;
	readonly locals: Locals;
	readonly configurations: Configurations;
	readonly reduced: boolean;
	/**
	 * @param isFailure whether the ends of a run still differ when anti-entropy has had its turn
	 * @throws AnswersMessages where it reduces and must not
	 */
	run(isFailure: (finding: Extract<Finding, { kind: "ends" }>) => boolean): Searched;
}

/** The premise of the reduction doesn't hold: a delivery made a replica send. */
export class AnswersMessages extends Error {}

/** About 1 GB at three replicas, most of it for the replicas themselves. */
export const MAXIMUM_CONFIGURATIONS = 5_000_000;
const MAXIMUM_BEHAVIOURS = 500_000;
/** Ends that differ are looked at more closely so often; where replicas say what they have delivered, never. */
const MAXIMUM_ENDS_TRIED = 100;
/** In place of a message: the next operation. */
export const OPERATION = -1;

/**
 * @param reduced one order for all that commute. Then configurations are those right after an operation.
 * @param onEnds is told, for each configuration without further operations, what each replica can end as
 */
export function createSearch(
	problem: ExhaustiveProblem,
	reduced: boolean,
	onEnds?: (ends: readonly (readonly Local[])[]) => void,
): Search {
	const { operations, maximumConfigurations = MAXIMUM_CONFIGURATIONS } = problem;
	const agreement: Agreement = createAgreement(problem);
	/** Where each behaviour was first come to. */
	const places: (Place | null)[] = [];
	let place: Place | null = null;
	let finding: Finding | null = null;
	const behaviours = createBehaviours(problem, (behaviour, instances) => {
		places[behaviour.id] = place;
		const mismatch = agreement.judge(behaviour, instances);
		if (mismatch === null || place === null) return;
		finding ??= { kind: "mismatch", place, cause: mismatch.kind, words: mismatch.words, behaviour };
	});
	const locals: Locals = createLocals(behaviours, problem.definition.delivers.order, copiesOf(problem));
	const configurations: Configurations = createConfigurations(operations.length);
	const traffic: Traffic = createTraffic(problem);
	const tuple = new Int32Array(operations.length);
	const next = new Int32Array(operations.length);
	/** Runs that lead to each configuration; only kept where every order is gone through. */
	const ways: bigint[] = [1n];
	let current = 0;
	let schedules = 0n;
	let unequalEnds = 0;
	let endsTried = 0;

	function run(isFailure: Parameters<Search["run"]>[0]): Searched {
		next.set(behaviours.starts.map((start) => locals.start(start).id));
		configurations.add(next, -1, OPERATION, OPERATION);
		let levelStart = 0;
		let levelEnd = 1;
		let hasSplit = false;
		let stopped = false;
		for (current = 0; current < configurations.count && finding === null && !stopped; current++) {
			if (current === levelEnd) [levelStart, levelEnd] = [levelEnd, configurations.count];
			expand(localsOf(current));
			dismissEnds(isFailure);
			if (agreement.split !== null) {
				findPairs(hasSplit ? current : 0, current);
				hasSplit = true;
			}
			stopped = configurations.count > maximumConfigurations || behaviours.count > MAXIMUM_BEHAVIOURS;
		}
		if (agreement.split !== null) {
			// Splits that were found later may have pairs in what had been looked at before.
			findPairs(0, configurations.count - 1);
			finding ??= apart(agreement.split);
		}
		const complete = finding === null && !stopped;
		return {
			finding,
			stopped,
			schedules: complete ? (reduced ? traffic.count() : schedules) : 0n,
			operationsReached: complete ? operations.flat().length : operationsBefore(levelStart),
			unequalEnds,
		};
	}

	function dismissEnds(isFailure: Parameters<Search["run"]>[0]): void {
		if (finding?.kind === "ends" && !isFailure(finding)) finding = null;
	}

	function localsOf(index: number): Local[] {
		configurations.read(index, tuple);
		return Array.from(tuple, (id) => locals.get(id));
	}

	function isOpen({ behaviour: { replica, done } }: Local): boolean {
		return done < (operations[replica]?.length ?? 0);
	}

	function expand(here: readonly Local[]): void {
		if (!reduced) {
			expandEveryOrder(here);
			return;
		}
		const open = here.filter(isOpen);
		for (const local of open.length > 0 ? open : here) {
			const closure = closureOf(local);
			if (open.length > 0) for (const from of closure) invoke(from, from.id);
			if (finding !== null) return;
		}
		if (open.length === 0) noteEnds(here.map((local) => closureOf(local).filter(isAtRest)));
	}

	function expandEveryOrder(here: readonly Local[]): void {
		let isEnd = true;
		for (const local of here) {
			if (isOpen(local)) {
				isEnd = false;
				invoke(local, OPERATION);
			}
			for (const message of locals.deliverable(local)) {
				isEnd = false;
				before(local, message);
				const { to, transition } = locals.deliver(local, message);
				judgeStep(local, transition);
				reach(to, transition, message);
			}
			if (finding !== null) return;
		}
		if (!isEnd) return;
		schedules += ways[current] as bigint;
		noteEnds(here.map((local) => [local]));
	}

	function closureOf(local: Local): readonly Local[] {
		return locals.closure(local, before, (from, transition) => {
			if (transition.messages.length > 0) throw new AnswersMessages();
			judgeStep(from, transition);
		});
	}

	function before(from: Local, message: number | null): void {
		place = { configuration: current, replica: from.behaviour.replica, from, message };
	}

	function invoke(from: Local, via: number): void {
		before(from, null);
		const { to, transition } = locals.invoke(from);
		traffic.note(from.behaviour.replica, from.behaviour.done, transition.messages);
		judgeStep(from, transition);
		// A replica that throws stays where it was: there is no way on.
		if (transition.threw === null) reach(to, transition, via);
	}

	function reach(to: Local, { messages }: Transition, via: number): void {
		const { replica } = to.behaviour;
		next.set(tuple);
		next[replica] = to.id;
		for (const message of messages) {
			next[message.to] = locals.send(locals.get(next[message.to] as number), message).id;
		}
		const { index } = configurations.add(next, current, replica, via);
		if (!reduced) ways[index] = (ways[index] ?? 0n) + (ways[current] as bigint);
	}

	function judgeStep({ behaviour }: Local, { to, threw }: Transition): void {
		const at = place as Place;
		if (threw !== null) finding = { kind: "threw", place: at, words: threw };
		const sameDelivered = behaviour.delivered !== null && behaviour.delivered === to.delivered;
		if (!sameDelivered || behaviour.viewKey === to.viewKey) return;
		finding = { kind: "changed", place: at, before: behaviour, after: to };
	}

	function findPairs(first: number, last: number): void {
		const before = current;
		for (current = first; current <= last && finding?.kind !== "pair"; current++) findPair(localsOf(current));
		current = before;
	}

	/** Looks for two replicas that, from here on by deliveries alone, come to have delivered the same and to differ. */
	function findPair(here: readonly Local[]): void {
		const shown: Local[] = [];
		for (const local of here) {
			for (const reached of reduced ? closureOf(local) : [local]) {
				const { delivered } = reached.behaviour;
				if (delivered === null || !agreement.isSplit(delivered)) continue;
				const one = shown.find((other) => disagree(other.behaviour, reached.behaviour));
				shown.push(reached);
				if (one === undefined) continue;
				// One run that shows two views is better than what was found in passing.
				if (finding === null || finding.kind === "mismatch") {
					finding = { kind: "pair", configuration: current, one, other: reached };
				}
				return;
			}
		}
	}

	/**
	 * Where all have delivered the same instances, strong convergence has judged them already.
	 * @param ends by replica, what it can end as
	 */
	function noteEnds(ends: readonly (readonly Local[])[]): void {
		onEnds?.(ends);
		const all = ends.flat();
		const [first] = all.map(({ behaviour }) => behaviour);
		const isSilent = all.some(({ behaviour: { delivered } }) => delivered === null);
		if (!isSilent) {
			if (all.some(({ behaviour: { delivered } }) => delivered !== first?.delivered)) unequalEnds++;
			return;
		}
		const other = all.find(({ behaviour: { viewKey } }) => viewKey !== first?.viewKey);
		if (other === undefined) return;
		unequalEnds++;
		if (endsTried === MAXIMUM_ENDS_TRIED) return;
		endsTried++;
		const chosen = ends.map((locals) => (locals.includes(other) ? other : (locals[0] as Local)));
		finding ??= { kind: "ends", configuration: current, ends: chosen };
	}

	function isAtRest(local: Local): boolean {
		return locals.deliverable(local).length === 0;
	}

	function apart({ one, other }: { one: Behaviour; other: Behaviour }): Finding | null {
		const [placeOfOne, placeOfOther] = [places[one.id], places[other.id]];
		if (!placeOfOne || !placeOfOther) return null;
		return { kind: "apart", one, other, places: [placeOfOne, placeOfOther] };
	}

	function operationsBefore(index: number): number {
		return localsOf(index).reduce((sum, { behaviour }) => sum + behaviour.done, 0);
	}

	return { behaviours, locals, configurations, reduced, run };
}

function disagree(a: Behaviour, b: Behaviour): boolean {
	return a.replica !== b.replica && a.delivered === b.delivered && a.viewKey !== b.viewKey;
}
