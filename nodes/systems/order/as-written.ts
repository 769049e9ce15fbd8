/**
 * A shop's orders with the orchestrator as the text writes it (`../saga/as-written.ts`, which says what is wrong with it); here is
 * what that does to a shop. Its compensations call services as the text has them: `releaseReservation(reservationId)`,
 * `refund(chargeId)` and `cancelShipment(shipmentId)` name what they undo, and a service does that once;
 * `restoreStock(items)` and `sendOrderCancellation(orderId)` don't. No step's call names the order's step that it is for.
 */
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import type { Flaw } from "../flaw.ts";
import { orchestratorAsWritten } from "../saga/as-written.ts";
import { orderInvariants, orderSpecification } from "./judgement.ts";
import { orderPlan } from "./plan.ts";

/** Each with the property that shows it. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "Two orchestrators run one order, and `chargeCustomer(payment)` carries no id",
		property: "invariant:chargedOnce",
		scenario: "order-charged-by-two",
		how: "the check for a completed operation looks only at what has come here, so both charge",
	},
	{
		name: "The charge is noted in memory, after the call",
		property: "invariant:chargedOnce",
		scenario: "order-charged-again-after-crash",
		how: "the orchestrator crashes between charge and note, or after it; whoever goes on charges again",
	},
	{
		name: "A charge whose answer was lost is taken not to have happened",
		property: "invariant:orderOrRefund",
		scenario: "order-lost-charge",
		how: "it is never refunded, and the order says that all is compensated",
	},
	{
		name: "A refund that fails is only logged",
		property: "invariant:orderOrRefund",
		scenario: "order-failed-refund",
		how: "the payment service is down for a moment, and the order says that all is compensated",
	},
	{
		name: "`restoreStock(items)` is not idempotent",
		property: "invariant:compensatedOnce",
		scenario: "order-restored-twice",
		how: "two orchestrators compensate one order and restore its stock twice; `stockConserved` fails with it",
	},
	{
		name: "A merged status says nothing of merged steps",
		property: "invariant:paidShipment",
		scenario: "order-refunded-and-shipped",
		how: "one orchestrator refunds while another ships: merged, the order is compensated and the shipment under way",
	},
	{
		name: "Compensations are ordered by wall clock",
		property: "specification",
		scenario: "order-undone-in-order-of-clocks",
		how: "two steps within a millisecond, or a clock that steps back: stock is restored before the shipment is cancelled",
	},
	{
		name: "Orders' sagas are kept in memory",
		property: "strong-convergence",
		scenario: "order-forgotten",
		how: "an orchestrator that starts again has forgotten all sagas and their compensations",
	},
];

export const orderAsWritten: ReplicaDefinition = orchestratorAsWritten(orderPlan, {
	invariants: orderInvariants,
	specification: orderSpecification,
});
