/** Delays the end of the stream by `delay` milliseconds; data passes at once. */
import type { ToxicKind } from "./toxic.ts";

export const slowClose: ToxicKind = {
	type: "slow_close",
	goName: "SlowCloseToxic",
	attributes: [{ name: "delay", goType: "int64" }],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin: (stage, setting) => ({
		onChunk: (chunk) => stage.emit(chunk),
		onEnd: () => stage.holdUntil(stage.now() + setting("delay"), () => stage.close()),
	}),
};
