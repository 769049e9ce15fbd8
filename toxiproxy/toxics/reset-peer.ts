/**
 * Drops the first chunk (or takes the end of the stream), waits `timeout` milliseconds and closes; connections opened
 * after the toxic close with RST. Once that chunk is dropped the connection is lost whatever happens to the toxic:
 * the real server's DELETE waits for it, this one answers at once and the reset still comes at its time.
 */
import type { ToxicKind } from "./toxic.ts";

export const resetPeer: ToxicKind = {
	type: "reset_peer",
	goName: "ResetToxic",
	attributes: [{ name: "timeout", goType: "int64" }],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: true,
	begin(stage, setting) {
		const reset = (): void => {
			stage.lock();
			stage.holdUntil(stage.now() + setting("timeout"), () => stage.close());
		};
		return { absorbs: true, onChunk: reset, onEnd: reset };
	},
};
