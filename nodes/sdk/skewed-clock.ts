/**
 * The wall clock that a replica sees: the node's own, plus an offset, plus a drift that grows from the moment it
 * was set. A new setting replaces the old one whole, so the clock may step, backwards too: that is the fault.
 */
export interface ClockSkew {
	offsetMs: number;
	/** Extra seconds per second: 0.1 runs a tenth too fast, -1 stands still. */
	drift: number;
}

export interface SkewedClock {
	/** Whole Unix milliseconds. */
	now(): number;
	set(skew: ClockSkew): void;
}

/** @param realNow fractional Unix milliseconds */
export function createSkewedClock(realNow: () => number): SkewedClock {
	let skew: ClockSkew = { offsetMs: 0, drift: 0 };
	let setAt = realNow();
	return {
		now() {
			const real = realNow();
			return Math.floor(real + skew.offsetMs + skew.drift * (real - setAt));
		},
		set(next) {
			skew = next;
			setAt = realNow();
		},
	};
}
