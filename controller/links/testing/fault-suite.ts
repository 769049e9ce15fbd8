import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinkAction } from "../faults.ts";
import { type StartedLinks, startLinks } from "../links.ts";
import { type StartedToxiproxy, startToxiproxyServer } from "../server.ts";
import {
	duplicates,
	overtaken,
	type Receiver,
	type Sender,
	sendMany,
	startReceiver,
	startSender,
	until,
} from "./peers.ts";
import { seededRandom } from "./seeded.ts";

const SEED = 42;
const LANES = 3;
/** How long nothing may come for it to count as nothing. */
const SILENCE_MS = 250;

interface Pair extends AsyncDisposable {
	links: StartedLinks;
	/** r1 → r2 and r2 → r1. */
	there: { sender: Sender; receiver: Receiver };
	back: { sender: Sender; receiver: Receiver };
	notes: string[];
}

async function startPair(server: StartedToxiproxy, attempts?: number, lanes = LANES): Promise<Pair> {
	const notes: string[] = [];
	const first = await startReceiver();
	const second = await startReceiver();
	const links = await startLinks({
		runId: `test-${process.pid}-${Math.trunc(performance.now())}`,
		replicas: [
			{ id: "r1", address: first.address },
			{ id: "r2", address: second.address },
		],
		lanes,
		server,
		random: seededRandom(SEED),
		note: (what) => notes.push(what),
	});
	const there = startSender(links.peersOf("r1")["r2"] as string[], attempts);
	const back = startSender(links.peersOf("r2")["r1"] as string[], attempts);
	await until("all lanes connected", () => there.connected() === lanes && back.connected() === lanes);
	return {
		links,
		there: { sender: there, receiver: second },
		back: { sender: back, receiver: first },
		notes,
		async [Symbol.asyncDispose]() {
			await links[Symbol.asyncDispose]();
			for (const end of [there, back, first, second]) await end[Symbol.asyncDispose]();
		},
	};
}

const all = { links: null } as const;
const halves = (mode: "refuse" | "drop" | "hold"): LinkAction => ({
	kind: "partition",
	shape: "halves",
	mode,
});

/** Sends one more message and waits until it is acknowledged. */
async function passes({ sender }: { sender: Sender }): Promise<void> {
	sender.send();
	const number = sender.sent;
	await until(`message ${number} acknowledged`, () => sender.acknowledged.has(number));
}

async function nothingComes({ sender, receiver }: Pair["there"]): Promise<void> {
	const before = receiver.arrivals.length;
	for (let sent = 0; sent < LANES; sent++) sender.send();
	await sleep(SILENCE_MS);
	expect(receiver.arrivals.length).toBe(before);
}

/** The same tests for each kind of server, in a file each so that they run beside one another. */
export function describeFaults(which: "binary" | "embedded"): void {
	describe(`each fault has the effect that it promises, through the ${which} server, seed ${SEED}`, () => {
		let server: StartedToxiproxy;
		beforeAll(async () => {
			server = await startToxiproxyServer({ env: process.env, which });
		});
		afterAll(() => server?.[Symbol.asyncDispose]());

		it.each(["refuse", "drop", "hold"] as const)(
			"lets nothing pass under a partition that is to %s, and everything after",
			async (mode) => {
				await using pair = await startPair(server);
				await passes(pair.there);
				expect(await pair.links.begin(1, halves(mode))).toEqual(["r1->r2", "r2->r1"]);
				await nothingComes(pair.there);
				await nothingComes(pair.back);
				await pair.links.end(1);
				await passes(pair.there);
				await passes(pair.back);
				const { sender } = pair.there;
				await until("all sent are acknowledged", () => sender.acknowledged.size === sender.sent);
				expect(pair.notes).toEqual([]);
			},
		);

		it("loses nothing and keeps connections while it holds", async () => {
			await using pair = await startPair(server, 1);
			await pair.links.begin(1, halves("hold"));
			await sendMany(pair.there.sender, 100, 1);
			await sleep(SILENCE_MS);
			expect(pair.there.receiver.arrivals).toEqual([]);
			await pair.links.healAll();
			await until("all hundred came", () => pair.there.receiver.arrivals.length === 100);
			expect(duplicates(pair.there.receiver.arrivals)).toBe(0);
			expect(pair.there.sender.endings).toEqual([]);
		});

		it.each(["refuse", "drop", "hold"] as const)("cuts one way only when told to %s", async (mode) => {
			await using pair = await startPair(server);
			const shape = { from: ["r1"], to: ["r2"] };
			expect(await pair.links.begin(1, { kind: "partition", shape, mode })).toEqual(["r1->r2"]);
			await nothingComes(pair.there);
			await passes(pair.back);
			await pair.links.end(1);
			await passes(pair.there);
		});

		it("lets messages overtake one another under reorder, across lanes", async () => {
			await using pair = await startPair(server);
			await pair.links.begin(1, { kind: "reorder", spreadMs: 60, ...all });
			await sendMany(pair.there.sender, 300, 2);
			await until("all came", () => pair.there.sender.acknowledged.size === 300);
			expect(overtaken(pair.there.receiver.arrivals)).toBeGreaterThan(100);
			await pair.links.end(1);
		});

		it("makes duplicates under duplicate, and loses nothing", async () => {
			await using pair = await startPair(server, 3);
			await pair.links.begin(1, { kind: "duplicate", share: 0.5, ...all });
			await sendMany(pair.there.sender, 150, 10);
			await pair.links.end(1);
			await sleep(1_000);
			expect(duplicates(pair.there.receiver.arrivals)).toBeGreaterThan(5);
			expect(new Set(pair.there.receiver.arrivals.map(({ number }) => number)).size).toBe(150);
			expect(pair.there.sender.endings).toEqual([]);
		});

		it("really loses messages of a sender that gives up, under drop", async () => {
			await using pair = await startPair(server, 3);
			await pair.links.begin(1, { kind: "drop", share: 0.5, ...all });
			await Promise.all([pair.there, pair.back].map(({ sender }) => sendMany(sender, 200, 10)));
			await pair.links.end(1);
			await sleep(1_000);
			const lost = pair.there.sender.lost.size + pair.back.sender.lost.size;
			expect(lost).toBeGreaterThan(10);
			expect(lost).toBeLessThan(300);
			await passes(pair.there);
		});

		it("delays by the mean give or take the jitter", async () => {
			await using pair = await startPair(server);
			await pair.links.begin(1, { kind: "latency", meanMs: 100, jitterMs: 20, ...all });
			for (let round = 0; round < 6; round++) {
				const startedMs = performance.now();
				await passes(pair.there);
				const tookMs = performance.now() - startedMs;
				expect(tookMs).toBeGreaterThanOrEqual(79);
				// The upper bound is generous: other tests use the machine too.
				expect(tookMs).toBeLessThan(240);
			}
		});

		it("delays only the links that it was told to", async () => {
			await using pair = await startPair(server);
			const links = [{ from: "r1", to: "r2" }];
			expect(await pair.links.begin(1, { kind: "latency", meanMs: 200, jitterMs: 0, links })).toEqual([
				"r1->r2",
			]);
			const startedMs = performance.now();
			await passes(pair.back);
			expect(performance.now() - startedMs).toBeLessThan(150);
			await passes(pair.there);
			expect(performance.now() - startedMs).toBeGreaterThanOrEqual(199);
		});

		it("lets no more bytes through than the bandwidth", async () => {
			await using pair = await startPair(server, 1, 1);
			await pair.links.begin(1, { kind: "bandwidth", bytesPerSecond: 50_000, ...all });
			const startedMs = performance.now();
			pair.there.sender.send("x".repeat(40_000));
			await until("it came", () => pair.there.receiver.arrivals.length === 1);
			expect(performance.now() - startedMs).toBeGreaterThan(600);
		});

		it("drops open connections on reset, shows new ones an RST, and is over at once", async () => {
			await using pair = await startPair(server);
			// Something is always being written, so that new connections meet their RST.
			const pulse = setInterval(() => pair.there.sender.send(), 2);
			try {
				await pair.links.begin(1, { kind: "reset", ...all });
			} finally {
				clearInterval(pulse);
			}
			expect(pair.there.sender.endings.length).toBeGreaterThanOrEqual(LANES);
			expect(pair.there.sender.endings).toContain("ECONNRESET");
			await passes(pair.there);
			await pair.links.end(1);
			await passes(pair.back);
		});

		it.each([
			{ order: [1, 2, 3, 4] },
			{ order: [4, 3, 2, 1] },
			{ order: [2, 4, 1, 3] },
			{ order: [3, 1, 4, 2] },
		])(
			"nests overlapping partitions: nothing passes until all have ended, in the order $order",
			async ({ order }) => {
				await using pair = await startPair(server);
				await pair.links.begin(1, halves("hold"));
				await pair.links.begin(2, { kind: "latency", meanMs: 10, jitterMs: 5, ...all });
				await pair.links.begin(3, halves("drop"));
				await pair.links.begin(4, halves("refuse"));
				const left = new Set([1, 3, 4]);
				for (const number of order) {
					await pair.links.end(number);
					left.delete(number);
					if (left.size > 0) await nothingComes(pair.there);
				}
				await passes(pair.there);
				await passes(pair.back);
			},
		);

		it("lets nothing of what it holds slip out when other faults come and go", async () => {
			await using pair = await startPair(server);
			await pair.links.begin(1, halves("hold"));
			await sendMany(pair.there.sender, 20, 1);
			await pair.links.begin(2, { kind: "reorder", spreadMs: 20, ...all });
			await pair.links.begin(3, { kind: "bandwidth", bytesPerSecond: 1_000_000, ...all });
			await pair.links.begin(4, halves("hold"));
			await pair.links.end(1);
			await pair.links.end(3);
			await sleep(SILENCE_MS);
			expect(pair.there.receiver.arrivals).toEqual([]);
			await pair.links.healAll();
			await until("all twenty came", () => pair.there.sender.acknowledged.size === 20);
		});

		it("refuses to reorder on one lane, and a fault number that is on", async () => {
			await using pair = await startPair(server, undefined, 1);
			await expect(pair.links.begin(1, { kind: "reorder", spreadMs: 10, ...all })).rejects.toThrow(
				/at least 2 lanes.*has 1/,
			);
			await pair.links.begin(1, halves("drop"));
			await expect(pair.links.begin(1, halves("drop"))).rejects.toThrow(/already on/);
		});

		it("starts a server anew that died, with the faults that are on, and loses nothing", async () => {
			await using pair = await startPair(server);
			const { sender, receiver } = pair.there;
			await pair.links.begin(1, { kind: "latency", meanMs: 5, jitterMs: 0, links: null });
			const pid = server.pid as number;
			process.kill(pid, "SIGKILL");
			await pair.links.begin(2, { kind: "bandwidth", bytesPerSecond: 1_000_000, links: null });
			expect(server.pid).not.toBe(pid);
			await sendMany(sender, 50, 1);
			await until("all messages acknowledged", () => sender.acknowledged.size === sender.sent, 15_000);
			expect(receiver.arrivals.length).toBeGreaterThanOrEqual(50);
			expect(pair.notes).toContain("toxiproxy restarted");
			const proxies = (await (await fetch(`${server.url}/proxies`)).json()) as Record<
				string,
				{ toxics: unknown[] }
			>;
			expect(Object.values(proxies).map(({ toxics }) => toxics.length)).toEqual(Array(2 * LANES).fill(2));
			await pair.links.healAll();
		});

		it("leaves proxies alone that are not its own, and none of its own", async () => {
			const proxies = async () =>
				Object.keys((await (await fetch(`${server.url}/proxies`)).json()) as object);
			const body = JSON.stringify({ name: "theirs", listen: "127.0.0.1:0", upstream: "127.0.0.1:9" });
			await fetch(`${server.url}/proxies`, { method: "POST", body });
			{
				await using pair = await startPair(server);
				await pair.links.begin(1, halves("refuse"));
				expect(await proxies()).toHaveLength(2 * LANES + 1);
			}
			expect(await proxies()).toEqual(["theirs"]);
			await fetch(`${server.url}/proxies/theirs`, { method: "DELETE" });
		});
	});
}
