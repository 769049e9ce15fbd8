/** The flaws of all systems as they are written, by the system's name in the registry, `systems/` left out. */
import { FLAWS as bridge } from "./bridge/as-written.ts";
import { FLAWS as ensemble } from "./ensemble/as-written.ts";
import { FLAWS as federated } from "./federated/as-written.ts";
import type { Flaw } from "./flaw.ts";
import { FLAWS as order } from "./order/as-written.ts";
import { FLAWS as portfolio } from "./portfolio/as-written.ts";
import { SOLIDITY_FLAWS as portfolioSolidity } from "./portfolio/solidity/as-written.ts";
import { BALANCE_FLAWS as redisBalance, CART_FLAWS as redisCart } from "./redis/as-written.ts";
import { FLAWS as saga } from "./saga/as-written.ts";

export const FLAWS_BY_SYSTEM: Readonly<Record<string, readonly Flaw[]>> = {
	portfolio,
	"portfolio-solidity": portfolioSolidity,
	bridge,
	federated,
	ensemble,
	"redis-cart": redisCart,
	"redis-balance": redisBalance,
	saga,
	order,
};
