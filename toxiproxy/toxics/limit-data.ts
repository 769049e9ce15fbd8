/** Closes the connection once `bytes` bytes have passed; updates keep the count. */
import type { ToxicKind } from "./toxic.ts";

export const limitData: ToxicKind = {
	type: "limit_data",
	goName: "LimitDataToxic",
	attributes: [{ name: "bytes", goType: "int64" }],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin(stage, setting) {
		const limitBytes = setting("bytes");
		return {
			onChunk(chunk) {
				const leftBytes = Math.max(0, limitBytes - stage.passedBytes);
				const data = chunk.data.subarray(0, leftBytes);
				if (data.length > 0) stage.emit({ ...chunk, data });
				stage.passedBytes += data.length;
				if (stage.passedBytes >= limitBytes) stage.close();
			},
			onEnd: () => stage.close(),
		};
	},
};
