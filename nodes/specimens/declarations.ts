/**
 * The 25 kinds of wrong replica, as data: what each gets wrong, which fault exposes it, which properties then fail, and who made
 * this mistake in the wild. `docs/specimens.md` is printed from it (`print-specimens.ts`); `bench/zoo.ts` runs them all.
 */

export interface SpecimenDeclaration {
	/** Kind 1 to 25. */
	number: number;
	/** Registered as `specimen/<name>`; its scenario is `specimen-<name>`. */
	name: string;
	/** What it claims to be. */
	type: string;
	defect: string;
	fault: string;
	/** That judge the defect. The first one is what its scenario expects to fail; `laws` is judged by `pakka explore` only. */
	properties: readonly [string, ...string[]];
	/** What a person sees. */
	shows: string;
	inTheWild: { who: string; where: string };
}

export const SPECIMENS: readonly SpecimenDeclaration[] = [
	{
		number: 1,
		name: "g-counter-merge-adds",
		type: "g-counter",
		defect: "the join adds instead of taking the maximum",
		fault: "the same state twice",
		properties: ["strong-convergence", "laws"],
		shows: "replicas with the same updates show different numbers, which grow with every state that arrives",
		inTheWild: {
			who: "DefraDB's counters added an increment again that came on a second path",
			where: "https://github.com/sourcenetwork/defradb/issues/5135",
		},
	},
	{
		number: 2,
		name: "pn-counter-no-dedupe",
		type: "pn-counter",
		defect: "an update is applied each time that it comes",
		fault: "duplicates",
		properties: ["strong-convergence"],
		shows: "replicas with the same updates show different numbers",
		inTheWild: {
			who: "a sharded counter on App Engine, where a retry may apply an increment more than once",
			where: "https://github.com/instacount/appengine-counter/issues/14",
		},
	},
	{
		number: 3,
		name: "pn-counter-colliding-ids",
		type: "pn-counter",
		defect: "updates have ids that only their replica counts up",
		fault: "two replicas that write for the first time",
		properties: ["specification"],
		shows: "all agree on a sum that lacks updates",
		inTheWild: {
			who: "Antidote counted only one of two updates under one actor's id",
			where: "https://github.com/AntidoteDB/antidote/issues/129",
		},
	},
	{
		number: 4,
		name: "g-counter-reused-actor",
		type: "g-counter",
		defect: "the actor's id is used again after the disk was lost",
		fault: "a crash that loses the disk",
		properties: ["specification"],
		shows: "all agree; what was added since is lost until it exceeds what had been added before",
		inTheWild: {
			who: "a counter shard of Scylla starts again from a lower clock after a crash",
			where: "https://github.com/scylladb/scylladb/issues/2169",
		},
	},
	{
		number: 5,
		name: "or-set-remove-unobserved",
		type: "or-set",
		defect: "a remove takes away adds that it has not seen",
		fault: "a concurrent add and remove",
		properties: ["specification", "strong-convergence"],
		shows: "an element is lost although nobody who saw its add removed it",
		inTheWild: {
			who: "Riak's sets, when a client removes without the context that it had read",
			where: "https://github.com/basho/riak/issues/354",
		},
	},
	{
		number: 6,
		name: "or-set-merge-keeps-removed",
		type: "or-set",
		defect: "the join never applies removes",
		fault: "a stale state is joined",
		properties: ["specification"],
		shows: "removed elements are resurrected",
		inTheWild: {
			who: "Riak's ORSWOT for some clocks; the shopping cart of Amazon's Dynamo (DeCandia et al. 2007, section 4.4)",
			where: "https://github.com/basho/riak_dt/pull/78",
		},
	},
	{
		number: 7,
		name: "or-set-no-tombstone",
		type: "or-set",
		defect: "neither tombstones nor a causal buffer",
		fault: "a remove overtakes the add that it has seen",
		properties: ["strong-convergence"],
		shows: "the element stays for good, at some replicas",
		inTheWild: {
			who: "CRDT-Redis, whose removes need a causal delivery that the network below did not give",
			where: "https://github.com/elem-azar-unis/CRDT-Redis/issues/2",
		},
	},
	{
		number: 8,
		name: "or-set-early-collection",
		type: "or-set",
		defect: "tombstones are collected after a fixed time, before all replicas have them",
		fault: "a partition longer than that",
		properties: ["specification"],
		shows: "all agree; what was removed is resurrected by the replica that was cut off",
		inTheWild: {
			who: "Scylla and Cassandra, where a node that was down for longer than `gc_grace_seconds` brings rows back",
			where: "https://github.com/scylladb/scylladb/issues/3560",
		},
	},
	{
		number: 9,
		name: "or-set-reused-dots",
		type: "or-set",
		defect: "dots are given out again after a restart",
		fault: "a crash, then adds",
		properties: ["specification"],
		shows: "all agree; acknowledged adds are lost",
		inTheWild: {
			who: "Riak, where a vnode that forgot its counter reused causal histories",
			where: "https://github.com/basho/riak_kv/issues/679",
		},
	},
	{
		number: 10,
		name: "lww-register-tie-keeps-local",
		type: "lww-register",
		defect: "of two writes with the same time a replica keeps its own",
		fault: "equal timestamps",
		properties: ["strong-convergence", "laws"],
		shows: "replicas keep different values for good",
		inTheWild: {
			who: "CockroachDB's logical replication between clusters, where the local write wins a tie on each side",
			where: "https://github.com/cockroachdb/cockroach/issues/168541",
		},
	},
	{
		number: 11,
		name: "lww-register-wall-clock",
		type: "lww-register",
		defect: "writes are timed by the raw wall clock",
		fault: "a clock that steps back",
		properties: ["specification"],
		shows: "all agree; a replica's own later write is lost at once, although it was acknowledged",
		inTheWild: {
			who: "Scylla's Alternator, where an earlier write overwrote a later one",
			where: "https://github.com/scylladb/scylladb/issues/10966",
		},
	},
	{
		number: 12,
		name: "hybrid-clock-wraps",
		type: "lww-register",
		defect: "the logical counter of a hybrid clock has 4 bits and wraps",
		fault: "a clock that stands still, and a burst of writes",
		properties: ["specification"],
		shows: "all agree; the value shown had been overwritten",
		inTheWild: {
			who: "Calimero read a counter of 16 bits through a mask of 4",
			where: "https://github.com/calimero-network/core/issues/2661",
		},
	},
	{
		number: 13,
		name: "mv-register-one-sibling",
		type: "mv-register",
		defect: "of concurrent writes only one is kept",
		fault: "concurrent writes",
		properties: ["specification"],
		shows: "all agree; writes that nobody had overwritten are gone",
		inTheWild: {
			who: "Riak's buckets with `last_write_wins`, also where data types need siblings",
			where: "https://github.com/basho/riak_kv/issues/1194",
		},
	},
	{
		number: 14,
		name: "json-delete-unseen",
		type: "json",
		defect: "a delete empties a key of whatever is in it where it arrives",
		fault: "a nested update that is concurrent with it, in either order",
		properties: ["strong-convergence"],
		shows: "replicas with the same updates show different documents",
		inTheWild: {
			who: "Riak's maps, where the removal of a field could win over a concurrent update of it",
			where: "https://github.com/basho/riak_kv/pull/761",
		},
	},
	{
		number: 15,
		name: "or-map-live-view",
		type: "or-map",
		defect: "a view that is kept by patches misses that another concurrent value is left",
		fault: "concurrent sets, and a delete that saw one of them",
		properties: ["strong-convergence"],
		shows: "a key is missing from the live view, and there again after save and load",
		inTheWild: {
			who: "Automerge, whose materialized view was wrong until the document was saved and loaded",
			where: "https://github.com/automerge/automerge/issues/951",
		},
	},
	{
		number: 16,
		name: "rga-siblings-by-arrival",
		type: "list",
		defect: "what is inserted at one place is ordered by arrival",
		fault: "concurrent inserts at one place",
		properties: ["strong-convergence", "list-order"],
		shows: "replicas with the same updates show different orders",
		inTheWild: {
			who: "Yorkie's trees, where concurrent splits of one element stood in the order of arrival",
			where: "https://github.com/yorkie-team/yorkie-js-sdk/issues/1373",
		},
	},
	{
		number: 17,
		name: "list-move-by-copy",
		type: "movable-list",
		defect: "a move deletes and inserts anew",
		fault: "concurrent moves of one element",
		properties: ["specification"],
		shows: "all agree; the element is there twice",
		inTheWild: {
			who: "what users of Automerge do for want of a move",
			where: "https://github.com/automerge/automerge/issues/352",
		},
	},
	{
		number: 18,
		name: "yata-no-right-origin",
		type: "list",
		defect: "updates leave out the right origin",
		fault: "inserts in the middle of a run",
		properties: ["strong-convergence"],
		shows: "replicas with the same updates show different orders",
		inTheWild: {
			who: "ygo, a port of Yjs, read the right origin and didn't use it",
			where: "https://github.com/reearth/ygo/issues/65",
		},
	},
	{
		number: 19,
		name: "tree-no-cycle-check",
		type: "tree",
		defect: "a move is checked for cycles only where it is asked for",
		fault: "A into B and B into A at once",
		properties: ["invariant:no-cycle", "specification"],
		shows: "all agree; two nodes are below each other, and nowhere below the root",
		inTheWild: {
			who: "bookmarks on Mozilla's sync server that contain themselves",
			where: "https://github.com/mozilla/application-services/issues/2369",
		},
	},
	{
		number: 20,
		name: "delta-acknowledged-on-send",
		type: "or-set",
		defect: "a delta counts as acknowledged once it is sent",
		fault: "lost messages",
		properties: ["eventual-delivery"],
		shows: "some updates never arrive, and nobody tries any more",
		inTheWild: {
			who: "Swift's distributed actors dropped their delta before the others had it",
			where: "https://github.com/apple/swift-distributed-actors/pull/210",
		},
	},
	{
		number: 21,
		name: "log-ack-before-sync",
		type: "g-set",
		defect: "an update is acknowledged before it is on the disk",
		fault: "SIGKILL",
		properties: ["durability"],
		shows: "all agree; an acknowledged update is lost",
		inTheWild: {
			who: "NATS JetStream, which by default syncs some time after it has acknowledged",
			where: "https://github.com/nats-io/nats-server/issues/7564",
		},
	},
	{
		number: 22,
		name: "mean-register-merges-means",
		type: "mean-register",
		defect: "the join is the weighted mean of two means",
		fault: "another shape of the tree of merges",
		properties: ["strong-convergence", "laws"],
		shows: "replicas with the same updates show different means, often in the last digits only",
		inTheWild: {
			who: "evo merged results pairwise by halving their sum",
			where: "https://github.com/MichaelGrupp/evo/issues/583",
		},
	},
	{
		number: 23,
		name: "hashed-set-insertion-order",
		type: "hashed-set",
		defect: "a digest runs over a Map in the order of insertion",
		fault: "the same elements in another order",
		properties: ["strong-convergence"],
		shows: "replicas with the same elements show different digests",
		inTheWild: {
			who: "validators of Cosmos SDK chains, whose application hash followed the order of a map",
			where: "https://github.com/cosmos/cosmos-sdk/issues/2158",
		},
	},
	{
		number: 24,
		name: "saga-refunds-twice",
		type: "order-saga",
		defect: "a compensation is not idempotent, and runs before its operation",
		fault: "duplicates, reordering",
		properties: ["invariant:refundedOnce"],
		shows: "more is refunded than was charged",
		inTheWild: {
			who: "Seata left idempotence and late operations of sagas and TCC transactions to each service",
			where: "https://github.com/apache/incubator-seata/issues/2711",
		},
	},
	{
		number: 25,
		name: "lww-register-repaired",
		type: "lww-register",
		defect: "what arrived last is shown, and a periodic repair from the full state hides it",
		fault: "a read before the repair",
		properties: ["strong-convergence"],
		shows: "replicas with the same updates differ for a moment; all final states are equal and right",
		inTheWild: {
			who: "ownCloud's client took files for synchronised that were not; a full discovery at intervals was proposed",
			where: "https://github.com/owncloud/client/issues/5242",
		},
	},
];
