/**
 * What exploring costs on top of the library that is explored: schedules of 3 replicas × 4 operations (36 events: 12 operations,
 * 24 arrivals in random causal order, so that no library has to hold anything back), played and judged at every step by `explore/play.ts`, and
 * run on the cluster alone, against a bare loop that applies the same operations and updates to the same
 * library without any of our code. The three take turns; figures are processor time.
 *
 *     npx tsc -p bench/tsconfig.json              compiled, as campaigns run
 *     node runs/bench/bench/libraries.js [rounds]        schedules per second
 *     node runs/bench/bench/libraries.js soak [N]        memory over N schedules (default 2,000) of each library
 */
import * as Automerge from "@automerge/automerge";
import * as Loro from "loro-crdt";
import * as Y from "yjs";
import {
	createCluster,
	type ReplicaDefinition,
	type SimMessage,
} from "../controller/runtimes/sim/cluster.ts";
import { drawsOf } from "../explore/draws.ts";
import { play } from "../explore/play.ts";
import { replicaIds, type Schedule, type Step } from "../explore/schedule.ts";
import { builtIn } from "../nodes/registry.ts";

const REPLICAS = 3;
const OPERATIONS = 4;
const EVENTS = REPLICAS * OPERATIONS * REPLICAS;
const KEYS = 3;
const SEED = 1;
const DELETES = 0.25;
const SCHEDULES = 60;
const WARM_UP_MS = 3_000;
const ROUND_MS = 1_000;
const GOAL = 0.8;

interface Text {
	f: string;
	value: { index: number; text: string; count: number };
}

/** What somebody would write who has nothing but the library. */
interface Bare<D> {
	create(index: number): D;
	/** @returns what is sent to the others; null when nothing changed */
	invoke(document: D, operation: Text): Uint8Array | null;
	apply(document: D, update: Uint8Array): void;
	text(document: D): string;
	free(document: D): void;
}

interface YDocument {
	doc: Y.Doc;
	text: Y.Text;
	sent: Uint8Array | null;
}

const yjs: Bare<YDocument> = {
	create(index) {
		// Without a name it would draw one, which takes longer than the rest.
		const doc = new Y.Doc({ guid: `r${index + 1}` });
		doc.clientID = index + 1;
		const document: YDocument = { doc, text: doc.getText("root"), sent: null };
		doc.on("update", (update: Uint8Array, origin: unknown) => {
			if (origin !== "remote") document.sent = update;
		});
		return document;
	},
	invoke(document, { f, value }) {
		const { text } = document;
		document.sent = null;
		const at = Math.min(value.index, text.length);
		if (f === "insert") text.insert(at, value.text);
		else if (at < text.length) text.delete(at, Math.min(value.count, text.length - at));
		return document.sent;
	},
	apply: ({ doc }, update) => Y.applyUpdate(doc, update, "remote"),
	text: ({ text }) => text.toJSON(),
	free: ({ doc }) => doc.destroy(),
};

interface LoroDocument {
	doc: Loro.LoroDoc;
	text: Loro.LoroText;
	sent: Uint8Array | null;
}

const loro: Bare<LoroDocument> = {
	create(index) {
		const doc = new Loro.LoroDoc();
		doc.setPeerId(`${index + 1}`);
		const document: LoroDocument = { doc, text: doc.getText("root"), sent: null };
		doc.subscribeLocalUpdates((update) => {
			document.sent = update;
		});
		return document;
	},
	invoke(document, { f, value }) {
		const { doc, text } = document;
		document.sent = null;
		const { length } = text;
		const at = Math.min(value.index, length);
		if (f === "insert") text.insert(at, value.text);
		else if (at < length) text.delete(at, Math.min(value.count, length - at));
		doc.commit();
		return document.sent;
	},
	apply: ({ doc }, update) => void doc.import(update),
	text: ({ text }) => text.toString(),
	free({ doc, text }) {
		text.free();
		doc.free();
	},
};

interface AutomergeDocument {
	doc: Automerge.Doc<{ text: string }>;
}

const founded = Automerge.save(Automerge.from({ text: "" }, { actor: "00" }));

const automerge: Bare<AutomergeDocument> = {
	create: (index) => ({ doc: Automerge.load(founded, { actor: `0${index + 1}` }) }),
	invoke(document, { f, value }) {
		const { doc } = document;
		const { length } = doc.text;
		const at = Math.min(value.index, length);
		const count = f === "insert" ? 0 : Math.min(value.count, length - at);
		if (f !== "insert" && count === 0) return null;
		document.doc = Automerge.change(doc, { time: 0 }, (draft) => {
			Automerge.splice(draft, ["text"], at, count, f === "insert" ? value.text : undefined);
		});
		return Automerge.getLastLocalChange(document.doc) ?? null;
	},
	apply(document, update) {
		[document.doc] = Automerge.applyChanges(document.doc, [update]);
	},
	text: ({ doc }) => doc.text,
	free: ({ doc }) => Automerge.free(doc),
};

function runBare<D>(bare: Bare<D>, { steps }: Schedule): string[] {
	const documents = Array.from({ length: REPLICAS }, (_, index) => bare.create(index));
	const links: (Uint8Array | null)[][] = Array.from({ length: REPLICAS * REPLICAS }, () => []);
	for (const step of steps) {
		if (step.kind === "invoke") {
			const update = bare.invoke(documents[step.replica] as D, step as unknown as Text);
			for (let to = 0; to < REPLICAS; to++) {
				if (to !== step.replica) links[step.replica * REPLICAS + to]?.push(update);
			}
		} else if (step.kind === "deliver") {
			const update = links[step.from * REPLICAS + step.to]?.[step.number - 1];
			if (update != null) bare.apply(documents[step.to] as D, update);
		}
	}
	const texts = documents.map((document) => bare.text(document));
	for (const document of documents) bare.free(document);
	return texts;
}

/** Our replicas without the judge. */
function runCluster(definition: ReplicaDefinition, { steps }: Schedule): string[] {
	const links: SimMessage[][] = Array.from({ length: REPLICAS * REPLICAS }, () => []);
	const cluster = createCluster({
		definition,
		ids: replicaIds(REPLICAS),
		options: {},
		now: () => 0,
		random: () => 0,
		onSend: (message) => void links[message.from * REPLICAS + message.to]?.push(message),
	});
	let count = 0;
	for (const step of steps) {
		if (step.kind === "invoke") {
			cluster.invoke(step.replica, { id: `c-${count++}`, f: step.f, value: step.value });
		} else if (step.kind === "deliver") {
			cluster.deliver(links[step.from * REPLICAS + step.to]?.[step.number - 1] as SimMessage);
		}
	}
	const texts = cluster.nodes.map((_, index) => cluster.view(index) as string);
	cluster.dispose();
	return texts;
}

/** Each possible next event is as likely as any other: a client's next operation, or an arrival that is causally due. */
function drawSchedule(definition: ReplicaDefinition, index: number): Schedule {
	const draws = drawsOf(SEED, index);
	let unique = 0;
	const draw = {
		integer: (min: number, max: number) => min + draws.below(max - min + 1),
		key: () => `k${draws.below(KEYS)}`,
		unique: () => `v${unique++}`,
	};
	/** By replica: how many operations of each it has. */
	const has = Array.from({ length: REPLICAS }, () => Array.from({ length: REPLICAS }, () => 0));
	/** By replica and number: what it had before that operation. */
	const sawBefore = has.map((): number[][] => []);
	const steps: Step[] = [];
	while (steps.length < EVENTS) {
		const possible: Step[] = [];
		for (const [to, own] of has.entries()) {
			if ((own[to] as number) < OPERATIONS) {
				const f = draws.chance(DELETES) ? "delete" : "insert";
				const value = definition.operations[f]?.generate(draw) ?? null;
				possible.push({ kind: "invoke", replica: to, f, value });
			}
			for (const [from, saw] of sawBefore.entries()) {
				const number = (own[from] as number) + 1;
				const needed = from === to ? undefined : saw[number - 1];
				if (needed?.every((count, replica) => replica === from || count <= (own[replica] as number))) {
					possible.push({ kind: "deliver", from, to, number });
				}
			}
		}
		const step = possible[draws.below(possible.length)] as Step;
		steps.push(step);
		const [from, to] = step.kind === "deliver" ? [step.from, step.to] : [invoker(step), invoker(step)];
		const own = has[to] as number[];
		if (from === to) sawBefore[to]?.push(own.slice());
		own[from] = (own[from] as number) + 1;
	}
	return { replicas: REPLICAS, steps };
}

function invoker(step: Step): number {
	return step.kind === "invoke" ? step.replica : 0;
}

function median(values: number[]): number {
	return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

function definitionOf(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`no built-in ${name}`);
	return definition;
}

function played(definition: ReplicaDefinition, schedule: Schedule): void {
	// As in a search, where one schedule in 64 has a replica that is also saved and loaded.
	let next = 0;
	const choose = (): Step | null => schedule.steps[next++] ?? null;
	const outcome = play(definition, definition.type, { replicas: schedule.replicas, choose });
	if (outcome.kind === "violated") throw new Error(outcome.violation.reason);
}

async function compare<D>(name: string, bare: Bare<D>, rounds: number): Promise<void> {
	const definition = definitionOf(name);
	await definition.load?.();
	const schedules = Array.from({ length: SCHEDULES }, (_, index) => drawSchedule(definition, index));
	const ways = [
		(schedule: Schedule) => assertEqual(name, runBare(bare, schedule)),
		(schedule: Schedule) => assertEqual(name, runCluster(definition, schedule)),
		(schedule: Schedule) => played(definition, schedule),
	];
	await measure(ways, schedules, WARM_UP_MS);
	const measured: number[][] = [];
	for (let round = 0; round < rounds; round++) measured.push(await measure(ways, schedules, ROUND_MS));
	const rate = median(measured.map(([bareMs]) => 1_000 / (bareMs as number)));
	const cluster = median(measured.map(([bareMs, clusterMs]) => (bareMs as number) / (clusterMs as number)));
	const judged = median(measured.map(([bareMs, , playMs]) => (bareMs as number) / (playMs as number)));
	console.log(
		`${name.padEnd(15)} bare ${rate.toFixed(0).padStart(5)}/s · cluster ${cluster.toFixed(2)} · played and judged ${judged.toFixed(2)} of it (goal ${GOAL})`,
	);
	if (judged < GOAL) process.exitCode = 1;
}

/**
 * Milliseconds of processor time (collector's and compiler's threads included, so that a busy machine changes little)
 * that each way takes for one schedule; they take turns batch by batch.
 */
async function measure(
	ways: ((schedule: Schedule) => unknown)[],
	schedules: Schedule[],
	forMs: number,
): Promise<number[]> {
	const spentMs = ways.map(() => 0);
	const end = performance.now() + forMs;
	let count = 0;
	while (performance.now() < end) {
		for (const [index, way] of ways.entries()) {
			const start = process.cpuUsage();
			for (const schedule of schedules) way(schedule);
			await breathe();
			const { user, system } = process.cpuUsage(start);
			spentMs[index] = (spentMs[index] as number) + (user + system) / 1_000;
		}
		count += schedules.length;
	}
	return spentMs.map((ms) => ms / count);
}

/** Loro tells its events in microtasks: until they have run, what they hold is not free. */
function breathe(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

function assertEqual(name: string, texts: string[]): void {
	if (new Set(texts).size !== 1) throw new Error(`${name}: replicas differ: ${texts.join(" | ")}`);
}

/** Documents are disposed of: what is resident after the first tenth stays. */
async function soak(name: string, count: number): Promise<void> {
	const definition = definitionOf(name);
	await definition.load?.();
	const schedules = Array.from({ length: SCHEDULES }, (_, index) => drawSchedule(definition, index));
	const megabytes: string[] = [];
	for (let index = 0; index <= count; index++) {
		if (index % (count / 10) === 0 && index > 0) {
			const { rss, heapUsed } = process.memoryUsage();
			megabytes.push(`${(rss / 1e6).toFixed(0)} (${(heapUsed / 1e6).toFixed(0)})`);
		}
		played(definition, schedules[index % SCHEDULES] as Schedule);
		if (index % SCHEDULES === 0) await breathe();
	}
	console.log(`${name.padEnd(15)} resident (heap) in MB at each tenth of ${count}: ${megabytes.join(" ")}`);
}

const [mode, number] = process.argv.slice(2);
if (mode === "soak") {
	for (const name of ["yjs/text", "loro/text", "automerge/text"]) await soak(name, Number(number ?? 2_000));
} else {
	const rounds = Number(mode ?? 7);
	await compare("yjs/text", yjs, rounds);
	await compare("loro/text", loro, rounds);
	await compare("automerge/text", automerge, rounds);
}
