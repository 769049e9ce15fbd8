/** What must hold of a shop's orders, and what they must show after given updates; written without the orchestrators' code. */
import type { DeclaredInvariant, DeclaredSpecification, Json } from "../../sdk/replica.ts";
import { type FollowedSaga, followSagas } from "../saga/judgement.ts";

const STEPS: readonly string[] = ["reserve", "charge", "deduct", "ship", "confirm"];
const OF_EACH_ITEM = 1000;

interface Order {
	status: FollowedSaga["status"];
	item: string;
	quantity: number;
	amount: number;
	reserved: number;
	released: number;
	charged: number;
	refunded: number;
	deducted: number;
	restored: number;
	shipments: number;
	cancelled: number;
	confirmations: number;
	cancellations: number;
}

interface View {
	orders: Record<string, Order>;
	stock: Record<string, number>;
}

export const orderInvariants: Record<string, DeclaredInvariant> = {
	chargedOnce: {
		statement: "No order is charged twice.",
		when: "always",
		holds: (view) =>
			everyOrder(view, ({ charged, amount }) =>
				charged <= amount ? null : `charged ${charged}, and costs ${amount}`,
			),
	},
	orderOrRefund: {
		statement: "No charge without order or refund: of a compensated order the whole charge is refunded.",
		when: "always",
		holds: (view) =>
			everyOrder(view, ({ status, charged, refunded }) =>
				status !== "compensated" || charged === refunded
					? null
					: `compensated; charged ${charged} and refunded ${refunded}`,
			),
	},
	compensatedOnce: {
		statement: "Every compensation takes effect at most once for what it compensates.",
		when: "always",
		holds: (view) =>
			everyOrder(view, (order) => {
				const pairs: [keyof Order, keyof Order][] = [
					["released", "reserved"],
					["refunded", "charged"],
					["restored", "deducted"],
					["cancelled", "shipments"],
					["cancellations", "confirmations"],
				];
				const wrong = pairs.find(([undone, done]) => order[undone] > order[done]);
				return wrong === undefined
					? null
					: `${wrong[0]} ${order[wrong[0]]} of ${wrong[1]} ${order[wrong[1]]}`;
			}),
	},
	paidShipment: {
		statement: "A compensated order has no shipment under way; a completed one has, and is paid.",
		when: "always",
		holds: (view) =>
			everyOrder(view, ({ status, shipments, cancelled, charged, refunded }) => {
				const underWay = shipments - cancelled;
				if (status === "compensated" && underWay > 0) return `compensated; ${underWay} shipments under way`;
				if (status !== "completed" || (underWay > 0 && charged > refunded)) return null;
				return `completed; ${underWay} shipments under way, ${charged - refunded} paid`;
			}),
	},
	stockConserved: {
		statement:
			"Stock is conserved: what an item has less than at the beginning is held by its orders: by each completed one its quantity, by a compensated one nothing, by others at most their quantity.",
		when: "always",
		holds(view) {
			const { orders, stock } = view as unknown as View;
			for (const [item, left] of Object.entries(stock)) {
				const mine = Object.values(orders).filter((order) => order.item === item);
				const least = total(mine.filter(({ status }) => status === "completed"));
				const most = total(mine.filter(({ status }) => status !== "compensated"));
				const missing = OF_EACH_ITEM - left;
				if (missing >= least && missing <= most) continue;
				return `${missing} of ${item} are missing; its orders hold ${least} to ${most}`;
			}
			return true;
		},
	},
};

function everyOrder(view: Json, wrong: (order: Order) => string | null): true | string {
	for (const [id, order] of Object.entries((view as unknown as View).orders)) {
		const found = wrong(order);
		if (found !== null) return `${id}: ${found}`;
	}
	return true;
}

function total(orders: readonly Order[]): number {
	return orders.reduce((sum, { quantity }) => sum + quantity, 0);
}

export const orderSpecification: DeclaredSpecification = (updates) => {
	const stock: Record<string, number> = { book: OF_EACH_ITEM, lamp: OF_EACH_ITEM, chair: OF_EACH_ITEM };
	const orders: Record<string, Json> = {};
	for (const { id, value, status, inEffect } of followSagas(updates, {
		begin: "place",
		id: "order",
		steps: STEPS,
	})) {
		const { item, quantity, amount } = value as { item: string; quantity: number; amount: number };
		const did = (step: string): number => inEffect[step]?.done ?? 0;
		const undid = (step: string): number => inEffect[step]?.undone ?? 0;
		stock[item] = (stock[item] ?? 0) - quantity * did("deduct") + quantity * undid("deduct");
		orders[id] = {
			status,
			item,
			quantity,
			amount,
			reserved: quantity * did("reserve"),
			released: quantity * undid("reserve"),
			charged: amount * did("charge"),
			refunded: amount * undid("charge"),
			deducted: quantity * did("deduct"),
			restored: quantity * undid("deduct"),
			shipments: did("ship"),
			cancelled: undid("ship"),
			confirmations: did("confirm"),
			cancellations: undid("confirm"),
		};
	}
	return { orders, stock };
};
