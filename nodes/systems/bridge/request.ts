/** What is asked of a bridge, read and checked; for all bridges. */
import type { Operation, ReplicaId } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";
import { GENESIS_UNITS, USERS } from "./definition.ts";

export interface Request {
	to: ReplicaId;
	amount: number;
	user: string;
}

const MAX_AMOUNT_UNITS = GENESIS_UNITS * 10;

/** @returns what is to be bridged, or why that is none */
export function readRequest(
	operation: Operation,
	replica: ReplicaId,
	replicas: readonly ReplicaId[],
): { request: Request } | Rejection {
	const { value } = operation;
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return badValue(operation, "an object, such as { to: polygon, amount: 10, user: alice }");
	}
	const { to, amount, user } = value;
	const target =
		typeof to === "number" && Number.isSafeInteger(to) && to >= 0
			? replicas[to % replicas.length]
			: replicas.find((id) => id === to);
	if (target === undefined)
		return badValue(operation, `to: one of ${replicas.join(", ")}, or a position among them`);
	if (
		typeof amount !== "number" ||
		!Number.isSafeInteger(amount) ||
		amount < 1 ||
		amount > MAX_AMOUNT_UNITS
	) {
		return badValue(operation, `amount: an integer from 1 to ${MAX_AMOUNT_UNITS}`);
	}
	if (typeof user !== "string" || !USERS.includes(user))
		return badValue(operation, `user: one of ${USERS.join(", ")}`);
	if (target === replica) {
		return { reject: { code: "same-chain", message: `expected another chain than ${replica} itself` } };
	}
	return { request: { to: target, amount, user } };
}
