/** Passes everything on. Also what a stage does on connections that the toxicity spares. */
import type { ToxicKind } from "./toxic.ts";

export const noop: ToxicKind = {
	type: "noop",
	goName: "NoopToxic",
	attributes: [],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin: (stage) => ({
		onChunk: (chunk) => stage.emit(chunk),
		onEnd: () => stage.close(),
	}),
};
