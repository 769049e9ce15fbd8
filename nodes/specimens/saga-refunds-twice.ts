/**
 * Wrong on purpose (kind 24 of 25): orders as sagas. An order is charged, and when something later fails it is compensated by a
 * refund. To charge an order once more changes nothing; to refund it does: the compensation is applied each
 * time that it comes, from two replicas at once or as a duplicate, and also before the charge that it is for. More is refunded
 * than was charged: `invariant:refundedOnce` fails. Its broadcast leaves duplicates and order to the handlers, as message queues do.
 *
 * In the wild: sagas and TCC transactions of Seata, which left idempotence and late operations to each service
 * (github.com/apache/incubator-seata/issues/2711).
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "../sdk/causal-broadcast.ts";
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";

const PRICE = 10;

interface Order {
	charged: number;
	refunded: number;
}

interface Effect {
	order: string;
	kind: "charge" | "refund";
}

const sagaType: OpBasedType<Map<string, Order>, Effect> = {
	type: "order-saga",
	operations: {
		charge: { kind: "update", weight: 2, generate: (draw) => draw.key() },
		refund: { kind: "update", weight: 2, generate: (draw) => draw.key() },
	},
	invariants: {
		refundedOnce: {
			statement: "No order is refunded more than it was charged.",
			when: "always",
			holds(view) {
				const orders = Object.entries(view as Record<string, { charged: number; refunded: number }>);
				const wrong = orders.find(([, { charged, refunded }]) => refunded > charged);
				if (wrong === undefined) return true;
				const [order, { charged, refunded }] = wrong;
				return `${order} was charged ${charged} and refunded ${refunded}`;
			},
		},
	},
	initial: () => new Map(),
	prepare(orders, operation) {
		const { f, value } = operation;
		if (typeof value !== "string") return badValue(operation, "an order: text");
		if (f === "charge") return { effect: { order: value, kind: "charge" } };
		const order = orders.get(value);
		if (order === undefined || order.charged === order.refunded) {
			return {
				reject: { code: "conflict", message: `nothing is charged for ${value} that could be refunded` },
			};
		}
		return { effect: { order: value, kind: "refund" } };
	},
	apply(orders, { order, kind }) {
		const { charged, refunded } = orders.get(order) ?? { charged: 0, refunded: 0 };
		orders.set(
			order,
			kind === "charge" ? { charged: PRICE, refunded } : { charged, refunded: refunded + PRICE },
		);
		return orders;
	},
	view: (orders) => Object.fromEntries(orders),
	canonical: (orders) => Object.fromEntries(orders),
	// Orders are never changed in place.
	clone: (orders) => new Map(orders),
};

export const sagaRefundsTwice: ReplicaDefinition = {
	...opBased(sagaType),
	create: (context, persisted) => {
		const behaviour = { ...HONEST_BROADCAST, dedupe: false, causalBuffer: false };
		return createBroadcastReplica(sagaType, behaviour, context, persisted);
	},
};
