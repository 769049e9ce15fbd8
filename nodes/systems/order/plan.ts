/**
 * The order of a shop as a saga of five steps: reserve the items, charge the customer, deduct the stock, create the shipment, send the
 * confirmation; each with its compensation. View: by order its status and what each service has on its books, and by item
 * the stock that its deductions and restorations leave. Stock may go below zero: it is not what is tested here.
 */
import type { Draw, Json } from "../../sdk/replica.ts";
import type { SagaPlan, SeenSaga } from "../saga/plan.ts";

const ITEMS: readonly string[] = ["book", "lamp", "chair"];
/** Of each item, before anything is sold. */
const INITIAL_STOCK = 1000;
const MAX_QUANTITY = 3;
/** By quantity times this is charged. */
const PRICE = 10;

export const orderPlan: SagaPlan = {
	type: "order",
	steps: [
		{ name: "reserve", undoNamesCall: true },
		{ name: "charge", undoNamesCall: true },
		{ name: "deduct", undoNamesCall: false },
		{ name: "ship", undoNamesCall: true },
		{ name: "confirm", undoNamesCall: false },
	],
	begin: "place",
	idField: "order",
	beginning: { kind: "update", weight: 5, generate: generateOrder },
	check({ item, quantity, amount }) {
		if (typeof item !== "string" || !ITEMS.includes(item)) return `item: one of ${ITEMS.join(", ")}`;
		if (!isCount(quantity)) return "quantity: an integer of at least 1";
		return isCount(amount) ? null : "amount: an integer of at least 1";
	},
	view: (sagas) => ({
		orders: Object.fromEntries(sagas.map((saga) => [saga.id, bookOf(saga)])),
		stock: Object.fromEntries(ITEMS.map((item) => [item, INITIAL_STOCK - taken(sagas, item)])),
	}),
};

/** One in three fails, at any step. */
function generateOrder(draw: Draw): Json {
	const quantity = draw.integer(1, MAX_QUANTITY);
	const { steps } = orderPlan;
	const failing = draw.integer(0, steps.length * 3 - 1);
	return {
		order: draw.key(),
		item: ITEMS[draw.integer(0, ITEMS.length - 1)] as string,
		quantity,
		amount: quantity * PRICE,
		failsAt: steps[failing]?.name ?? null,
	};
}

function isCount(value: Json | undefined): boolean {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function bookOf({ input, status, effects }: SeenSaga): Json {
	const { item = null, quantity, amount } = input;
	const times = (step: string, by: Json | undefined) => {
		const { done = 0, undone = 0 } = effects[step] ?? {};
		return [done * Number(by), undone * Number(by)] as const;
	};
	const [reserved, released] = times("reserve", quantity);
	const [charged, refunded] = times("charge", amount);
	const [deducted, restored] = times("deduct", quantity);
	const [shipments, cancelled] = times("ship", 1);
	const [confirmations, cancellations] = times("confirm", 1);
	return {
		status,
		item,
		quantity: Number(quantity),
		amount: Number(amount),
		reserved,
		released,
		charged,
		refunded,
		deducted,
		restored,
		shipments,
		cancelled,
		confirmations,
		cancellations,
	};
}

function taken(sagas: readonly SeenSaga[], item: string): number {
	let units = 0;
	for (const { input, effects } of sagas) {
		const { done = 0, undone = 0 } = effects["deduct"] ?? {};
		if (input["item"] === item) units += (done - undone) * Number(input["quantity"]);
	}
	return units;
}
