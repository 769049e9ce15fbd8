/** What happens to a replica whose library throws or panics. */
import { expect, it } from "vitest";
import { library, PANIC_NAME } from "./library.ts";
import type { Replica } from "./replica.ts";

/** (module (func (export "panic") unreachable)): what a panic in Rust comes down to. */
const PANICKING = Buffer.from(
	"0061736d01000000010401600000030201000709010570616e696300000a05010300000b",
	"hex",
);
const NO_EFFECTS = { send() {}, persist() {}, deliver() {} };
const freed: string[] = [];

/** What TypeScript knows of WebAssembly comes with browsers' types only. */
interface WebAssemblyApi {
	Module: new (bytes: Uint8Array) => object;
	Instance: new (module: object) => { exports: Record<string, () => void> };
}

function panickingFunction(): () => void {
	const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
	return new Instance(new Module(PANICKING)).exports["panic"] as () => void;
}

function replicaThat(fails: () => void, records: unknown[] = []): Replica {
	const definition = library<string[]>({
		type: "log",
		operations: { append: { kind: "update", weight: 1, generate: () => null } },
		create: () => [],
		invoke(log, { value }) {
			const line = value as string;
			log.push(line);
			if (line === "fail") fails();
			return { update: new TextEncoder().encode(line) };
		},
		apply: (log, update) => void log.push(new TextDecoder().decode(update)),
		view: (log) => [...log],
		encode: (log) => new TextEncoder().encode(log.join(" ")),
		load: (bytes) => new TextDecoder().decode(bytes).split(" "),
		free: () => void freed.push("log"),
	});
	const context = { id: "r1", replicas: ["r1"], incarnation: 0, options: {}, now: () => 0, random: () => 0 };
	return definition.create(context, { snapshot: null, records });
}

it("uses a document no more that threw half-way, and makes it anew from the disk", () => {
	const records: unknown[] = [];
	const effects = { ...NO_EFFECTS, persist: (record: unknown) => void records.push(record) };
	const fails = (): void => {
		throw new Error("full");
	};
	const replica = replicaThat(fails, records);
	replica.invoke({ id: "c-0", f: "append", value: "a" }, effects);
	const step = () => replica.invoke({ id: "c-1", f: "append", value: "fail" }, effects);
	expect(step).toThrow("the library of this log threw at append: full");
	expect(() => replica.view()).toThrow("broke at an earlier step; start the replica anew");
	replica.dispose?.();
	expect(freed).toEqual([]);
	const restarted = replicaThat(fails, records);
	expect(restarted.view()).toEqual(["a"]);
	expect(restarted.reloadedView?.()).toEqual(["a"]);
	expect(freed).toEqual(["log"]);
});

it("names a panic in WebAssembly by what it is", () => {
	const replica = replicaThat(panickingFunction());
	try {
		replica.invoke({ id: "c-0", f: "append", value: "fail" }, NO_EFFECTS);
		expect.unreachable();
	} catch (error) {
		expect(error).toMatchObject({ name: PANIC_NAME });
		expect(String(error)).toContain("panicked at append: unreachable");
	}
});
