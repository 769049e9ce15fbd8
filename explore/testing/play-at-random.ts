/** Plays a seeded random run on a cluster: operations, deliveries in any order, duplicates, ticks. For the tests of what watches runs. */
import { randomStream } from "../../controller/plan/random.ts";
import {
	createCluster,
	type ReplicaDefinition,
	type SimMessage,
} from "../../controller/runtimes/sim/cluster.ts";

export interface PlayOptions {
	seed: number;
	replicas?: number;
	operations?: number;
}

const STEPS_PER_OPERATION = 2;
const DUPLICATE = 0.1;
const EPOCH_MS = 1_000_000;

export function playAtRandom(definition: ReplicaDefinition, options: PlayOptions): void {
	const { seed, replicas = 3, operations = 12 } = options;
	const random = randomStream(seed, "play");
	const clock = { ms: EPOCH_MS };
	const inFlight: SimMessage[] = [];
	let drawn = 0;
	const draw = {
		integer: random.integer,
		key: () => `k${random.integer(0, 2)}`,
		unique: () => `v${drawn++}`,
	};
	const cluster = createCluster({
		definition,
		ids: Array.from({ length: replicas }, (_, index) => `r${index + 1}`),
		options: {},
		// Coarse, so that different replicas write at one time.
		now: () => Math.floor(clock.ms / 10) * 10,
		random: random.float,
		onSend: (message) => inFlight.push(message),
	});
	const updates = Object.entries(definition.operations).filter(([, { kind }]) => kind === "update");
	for (let step = 0; step < operations * STEPS_PER_OPERATION; step++) {
		clock.ms += 1;
		const node = random.integer(0, replicas - 1);
		const [f, operation] = updates[random.integer(0, updates.length - 1)] ?? [];
		if (random.float() < 1 / STEPS_PER_OPERATION && f !== undefined && operation !== undefined) {
			cluster.invoke(node, { id: `c-${step}`, f, value: operation.generate(draw) });
		} else if (inFlight.length > 0) {
			const message = inFlight.splice(random.integer(0, inFlight.length - 1), 1)[0] as SimMessage;
			cluster.deliver(message);
			if (random.float() < DUPLICATE) inFlight.push(message);
		} else {
			cluster.tick(node);
		}
	}
	cluster.dispose();
}
