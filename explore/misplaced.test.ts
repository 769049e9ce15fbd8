/**
 * Texts and lists that put elements where nobody asked for them. Their replicas agree at every moment and show exactly the right
 * elements, so that only `specification` and `list-order` can tell; right ones, whose elements may repeat, pass.
 */
import { describe, expect, it } from "vitest";
import { checkEvents, type PropertyVerdict } from "../checker/index.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { Draw, Json, Operation, Replica, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { generate } from "./generate.ts";
import { operationMix } from "./operations.ts";
import { play } from "./play.ts";
import { createHistoryOfPlay } from "./witness.ts";

const SEED = 11;
const SCHEDULES = 16;
const SIZES = { replicas: 3, operations: 6, keys: 4 };
const NAMES = ["text", "rga-list", "yata-list", "movable-list"];
const OF_PLACES = ["specification", "list-order"];

interface Wrong {
	invoke?: (operation: Operation) => Operation;
	view?: (view: unknown) => unknown;
}

/** Made anew for each replica. @param right what the right one shows */
type Make = (right: () => unknown) => Wrong;

const WRONGS: Record<string, Make> = {
	"shows its elements sorted": () => ({ view: sorted }),
	"puts elements one place too far": (view) => ({
		invoke: (operation) =>
			changed(operation, ({ index }) => ({ index: Math.min(index + 1, (view() as Json[]).length) })),
	}),
	"turns around what one author types": () => {
		let next = -1;
		return {
			invoke(operation) {
				if (operation.f !== "insert") return operation;
				const { index, text } = operation.value as { index: number; text?: string };
				const turned = text?.split("").reverse().join("");
				if (turned !== undefined) return changed(operation, () => ({ text: turned }));
				const isNext = index === next;
				next = index + 1;
				return isNext ? changed(operation, () => ({ index: index - 1 })) : operation;
			},
		};
	},
};

function sorted(view: unknown): unknown {
	if (typeof view === "string") return view.split("").sort().join("");
	const items = (view as Json[]).map((item) => JSON.stringify(item)).sort();
	return items.map((item) => JSON.parse(item) as Json);
}

function changed(operation: Operation, how: (value: { index: number }) => object): Operation {
	if (operation.f !== "insert") return operation;
	const value = operation.value as { index: number };
	return { ...operation, value: { ...value, ...how(value) } };
}

function wrongly(definition: ReplicaDefinition, make: Make): ReplicaDefinition {
	return {
		...definition,
		create(context, persisted): Replica {
			const inner = definition.create(context, persisted);
			const { invoke, view } = make(() => inner.view());
			return {
				invoke: (operation, effects) => inner.invoke(invoke?.(operation) ?? operation, effects),
				receive: inner.receive.bind(inner),
				tick: inner.tick.bind(inner),
				view: () => (view === undefined ? inner.view() : view(inner.view())),
				...(inner.delivered && { delivered: () => inner.delivered?.() }),
				...(inner.snapshot && { snapshot: () => inner.snapshot?.() }),
			};
		},
	};
}

/** Everybody's keyboard has two keys, so that hardly any element can be told from the others. */
function typedWith(definition: ReplicaDefinition, write: (draw: Draw) => string): ReplicaDefinition {
	const { insert, ...others } = definition.operations;
	if (insert === undefined) throw new Error("it inserts nothing");
	const member = definition.type === "text" ? "text" : "value";
	const generateAny = (draw: Draw) => {
		return { ...(insert.generate(draw) as { index: number }), [member]: write(draw) };
	};
	return { ...definition, operations: { ...others, insert: { ...insert, generate: generateAny } } };
}

const twoKeys = (draw: Draw): string => Array.from({ length: 2 }, () => "ab"[draw.integer(0, 1)]).join("");

function failuresOf(definition: ReplicaDefinition, index: number, onlyFinals: boolean): PropertyVerdict[] {
	const mix = operationMix(definition, null);
	const schedule = generate(definition, mix, "random", SIZES, SEED, index);
	const ids = ["r1", "r2", "r3"];
	const { witness, history } = createHistoryOfPlay(definition, definition.type, ids, {});
	play(definition, definition.type, schedule, { witness });
	const { header, events } = history;
	const kept = onlyFinals ? events.filter((event) => event.event !== "state" || event.final) : events;
	const dense = kept.map((event, at) => ({ ...event, index: at }));
	return checkEvents({ header, events: dense }, {}).properties.filter(({ verdict }) => verdict === "fail");
}

function definitionOf(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`no built-in '${name}'`);
	return definition;
}

function failing(
	definition: ReplicaDefinition,
	onlyFinals = false,
): { schedules: number; properties: Set<string> } {
	const properties = new Set<string>();
	let schedules = 0;
	for (let index = 0; index < SCHEDULES; index++) {
		const failures = failuresOf(definition, index, onlyFinals);
		if (failures.length > 0) schedules += 1;
		for (const { name } of failures) properties.add(name);
	}
	return { schedules, properties };
}

describe.each(NAMES)(`a %s that (seed ${SEED})`, (name) => {
	it.each(Object.keys(WRONGS))("%s fails, for the place alone", (what) => {
		const { schedules, properties } = failing(wrongly(definitionOf(name), WRONGS[what] as Make));
		expect(schedules).toBeGreaterThan(0);
		expect([...properties].filter((property) => !OF_PLACES.includes(property))).toEqual([]);
	});

	it("shows its elements sorted fails even where they can't be told apart", () => {
		const definition = typedWith(definitionOf(name), twoKeys);
		const { schedules, properties } = failing(wrongly(definition, () => ({ view: sorted })));
		expect(schedules).toBeGreaterThan(SCHEDULES / 4);
		expect(properties).toContain("specification");
	});

	it("is right passes, whether its elements can be told apart or not", () => {
		for (const definition of [definitionOf(name), typedWith(definitionOf(name), twoKeys)]) {
			expect(failing(definition)).toEqual({ schedules: 0, properties: new Set() });
		}
	});
});

/** What may be moved has no order that final views alone could tell. */
describe.each(NAMES.filter((name) => name !== "movable-list"))(`a %s that (seed ${SEED})`, (name) => {
	it.each(Object.keys(WRONGS))("%s fails by its final views alone, by the order that they show", (what) => {
		const { schedules, properties } = failing(wrongly(definitionOf(name), WRONGS[what] as Make), true);
		expect(schedules).toBeGreaterThan(0);
		expect(properties).toContain("list-order");
	});
});

it(`accuses no library's text or list (seed ${SEED})`, async () => {
	const names = builtInNames().filter((name) => /^[^/]+\/(text|list|movable-list)$/.test(name));
	expect(names.length).toBeGreaterThan(3);
	for (const name of names) {
		const definition = definitionOf(name);
		await definition.load?.();
		expect([name, failing(definition).schedules]).toEqual([name, 0]);
	}
});
