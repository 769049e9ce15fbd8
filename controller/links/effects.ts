/**
 * What a fault does to one lane, in the harness's words. The adapter to Toxiproxy turns these into toxics; nothing
 * else knows them.
 *
 * `messages` flow from the replica that dialled (the link's `from`) to the one that accepted, `answers` (of the
 * SDK's transport: acknowledgements) flow back over the same connection.
 */
export type Direction = "messages" | "answers";

export type LaneEffect =
	/** No listener: open connections are closed and new ones refused. */
	| { kind: "refuse" }
	/** What is sent is lost. Ending it closes the lane's connections. */
	| { kind: "black-hole"; direction: Direction }
	/** What is sent waits until the effect ends, and is then delivered in order. */
	| { kind: "hold"; direction: Direction }
	| { kind: "delay"; direction: Direction; delayMs: number }
	| { kind: "throttle"; direction: Direction; bytesPerSecond: number }
	/** Connections opened from now on get an RST at the first bytes. */
	| { kind: "reset"; direction: Direction };

/** Effects by lane name; a lane that is not named has none. */
export type LaneEffects = Map<string, LaneEffect[]>;
