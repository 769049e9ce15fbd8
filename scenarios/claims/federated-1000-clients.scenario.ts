/**
 * "1,000+ devices": a thousand clients train and tell ten aggregators, those of the aggregators that break down a second
 * one too; all must arrive at one model, to the last bit. For the simulator: `pakka run <this file> --runtime sim`.
 */
const CLIENTS = 1_000;
const AGGREGATORS = 10;
const ROUNDS = 1;
const MS_BETWEEN_CLIENTS = 4;
const MS_UNTIL_ASKED_AGAIN = 700;
/** Aggregators that break down: their clients tell another one as well. */
const BREAKING = ["r2", "r5"];
const READS = 100;

const PRIMES = [7_919, 104_729, 1_299_709];
const MAGNITUDES = [0.001, 0.1, 1, 1000];

interface Scripted {
	atMs: number;
	replica: string;
	operation: { submit: unknown } | { read: null };
}

/** What it found in its data: tenths of very different magnitudes. */
function submission(client: number, round: number): unknown {
	const gradients = PRIMES.map((prime) => {
		const drawn = ((client + 1) * prime + round * 31) % 1_009;
		return ((drawn % 199) - 99) * 0.1 * (MAGNITUDES[drawn % MAGNITUDES.length] as number);
	});
	return { client: `client${client}`, round, samples: 1 + ((client * 37 + round) % 500), gradients };
}

const aggregator = (number: number): string => `r${1 + (number % AGGREGATORS)}`;

const script: Scripted[] = [];
for (let round = 1; round <= ROUNDS; round++) {
	for (let client = 0; client < CLIENTS; client++) {
		const atMs = ((round - 1) * CLIENTS + client) * MS_BETWEEN_CLIENTS;
		const operation = { submit: submission(client, round) };
		script.push({ atMs, replica: aggregator(client), operation });
		if (BREAKING.includes(aggregator(client))) {
			script.push({ atMs: atMs + MS_UNTIL_ASKED_AGAIN, replica: aggregator(client + 2), operation });
		}
		if (client % READS === 0) {
			script.push({ atMs, replica: aggregator(client / READS), operation: { read: null } });
		}
	}
}

export default {
	name: "federated-1000-clients",
	description:
		"A thousand clients tell ten aggregators what they learnt, through partitions, crashes and loss.",
	replicas: { count: AGGREGATORS, type: "systems/federated" },
	workload: {
		script: script
			.toSorted((a, b) => a.atMs - b.atMs)
			.map(({ atMs, replica, operation }) => ({ at: `${atMs}ms`, replica, ...operation })),
	},
	faults: [
		{ at: "0s", until: "end", reorder: { spread: "100ms" } },
		{ at: "0s", until: "end", duplicate: 0.1 },
		{ at: "0s", until: "end", drop: 0.1 },
		{ at: "1s", for: "1500ms", partition: "halves" },
		{ at: "3s", for: "1s", partition: { isolate: "r10" }, mode: "drop" },
		{ at: "1500ms", crash: "r2", restartAfter: "500ms", disk: "keep" },
		{ at: "3500ms", crash: "r5", restartAfter: "1s", disk: "lose" },
		{ at: "500ms", for: "4s", clock: { replica: "r3", offset: "-5m" } },
	],
};
