/**
 * What `stateBased`, `opBased` and `library` tell the search about the type that they replicate, so that the property
 * `laws` can be checked on the type's own functions (see {@link Laws}).
 */
import { updatesInSnapshot } from "./broadcast-state.ts";
import { stateInSnapshot } from "./gossip-state.ts";
import type { OpBasedType } from "./op-based-type.ts";
import type { EffectLaws, JoinLaws } from "./replica.ts";
import type { StateBasedType } from "./state-based-type.ts";
import { encodeView } from "./view-encoding.ts";

export function joinLaws<S>(type: StateBasedType<S>): JoinLaws {
	return {
		kind: "join",
		stateIn: stateInSnapshot,
		merge: (a, b) => type.merge(a as S, b as S),
		view: (state) => encodeView(type.view(state as S)),
		show: encodeView,
		...(type.canonical && { canonical: (state) => encodeView(type.canonical?.(state as S)) }),
	};
}

export function effectLaws<S, E>(type: OpBasedType<S, E>): EffectLaws {
	return {
		kind: "effects",
		updatesIn: updatesInSnapshot,
		initial({ id, replicas, options }) {
			// An actor of its own: it only applies what others did.
			const context = { replica: id, replicas, options, actor: `${id}~laws`, incarnation: 0 };
			return type.initial(context);
		},
		apply: (state, update) => type.apply(state as S, update.effect as E, update),
		view: (state) => encodeView(type.view(state as S)),
		show: encodeView,
		...(type.canonical && { canonical: (state) => encodeView(type.canonical?.(state as S)) }),
		...(type.dispose && { dispose: (state) => type.dispose?.(state as S) }),
	};
}
