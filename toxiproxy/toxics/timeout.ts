/**
 * Drops all data, and closes the connection `timeout` milliseconds after the last chunk; 0 never closes. The end of
 * the stream passes at once. Removing the toxic closes its connections: they have lost data.
 */
import type { ToxicKind } from "./toxic.ts";

export const timeout: ToxicKind = {
	type: "timeout",
	goName: "TimeoutToxic",
	attributes: [{ name: "timeout", goType: "int64" }],
	inboxChunks: 1,
	closesOnRemoval: true,
	resetsOnClose: false,
	begin(stage, setting) {
		const timeoutMs = setting("timeout");
		const restart = (): void => {
			if (timeoutMs > 0) stage.alarmAt(stage.now() + timeoutMs, () => stage.close());
		};
		restart();
		return { absorbs: true, onChunk: restart, onEnd: () => stage.close() };
	},
};
