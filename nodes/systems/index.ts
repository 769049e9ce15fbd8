/**
 * Applications of strong eventual consistency, each twice: right, as `systems/<name>`, and as a talk writes it, flaws
 * included, as `systems/<name>-as-written`.
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { bridgeAsWritten } from "./bridge/as-written.ts";
import { bridge } from "./bridge/bridge.ts";
import { ensembleAsWritten } from "./ensemble/as-written.ts";
import { ensemble } from "./ensemble/ensemble.ts";
import { federatedAsWritten } from "./federated/as-written.ts";
import { federated } from "./federated/federated.ts";
import { orderAsWritten } from "./order/as-written.ts";
import { order } from "./order/index.ts";
import { portfolioAsWritten } from "./portfolio/as-written.ts";
import { portfolio } from "./portfolio/portfolio.ts";
import { portfolioSolidityAsWritten } from "./portfolio/solidity/as-written.ts";
import { portfolioSolidity } from "./portfolio/solidity/portfolio.ts";
import { redisBalance, redisBalanceAsWritten, redisCart, redisCartAsWritten } from "./redis/simulated.ts";
import { sagaAsWritten } from "./saga/as-written.ts";
import { saga } from "./saga/index.ts";

export const SYSTEMS: readonly [name: string, definition: ReplicaDefinition][] = [
	["systems/portfolio", portfolio],
	["systems/portfolio-as-written", portfolioAsWritten],
	["systems/portfolio-solidity", portfolioSolidity],
	["systems/portfolio-solidity-as-written", portfolioSolidityAsWritten],
	["systems/bridge", bridge],
	["systems/bridge-as-written", bridgeAsWritten],
	["systems/federated", federated],
	["systems/federated-as-written", federatedAsWritten],
	["systems/ensemble", ensemble],
	["systems/ensemble-as-written", ensembleAsWritten],
	["systems/saga", saga],
	["systems/saga-as-written", sagaAsWritten],
	["systems/order", order],
	["systems/order-as-written", orderAsWritten],
	["systems/redis-cart", redisCart],
	["systems/redis-cart-as-written", redisCartAsWritten],
	["systems/redis-balance", redisBalance],
	["systems/redis-balance-as-written", redisBalanceAsWritten],
];
