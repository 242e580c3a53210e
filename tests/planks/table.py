"""The table: what is broken on purpose, where, and which test must fail.

A break is one exact text put in place of another. Nothing is run here.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Break:
    """One plank taken away: in ``file``, ``before`` becomes ``after``, and ``test`` (a pytest node id) must fail."""

    name: str
    what: str
    file: str
    before: str
    after: str
    test: str


LOOP: Final = "services/tracker/loop.py"
LOOP_TESTS: Final = "tests/stream/test_loop.py"

BREAKS: Final = (
    # ------------------------------------------------------------------------------------ insert, then commit
    Break(
        "commit-before-insert",
        "the sink commits an offset before the rows are stored",
        "services/sink/loop.py",
        "                await asyncio.to_thread(self._writer.write, attempt.flush, attempt.failures)\n",
        "                await self._commit(attempt.flush)\n"
        "                await asyncio.to_thread(self._writer.write, attempt.flush, attempt.failures)\n",
        "tests/sink/test_loop.py::test_every_commit_follows_the_inserts_it_covers",
    ),
    Break(
        "auto-commit",
        "the sink's client commits by itself, whatever is stored",
        "services/sink/__main__.py",
        "        enable_auto_commit=False,\n",
        "        enable_auto_commit=True,\n",
        "tests/sink/test_consumer.py::test_nothing_is_committed_but_by_the_sink_itself",
    ),
    Break(
        "token-of-another-log",
        "a deduplication token is used again by a new broker: its rows are taken for those of the old one",
        "services/sink/batch.py",
        'f"{self._incarnation}:{table}:{digest}"',
        'f"{table}:{digest}"',
        "tests/sink/test_batch.py::test_another_life_of_the_log_has_other_tokens",
    ),
    Break(
        "last-copy-wins",
        "which of several copies of a row stands is decided by when it arrived",
        "schemas/rows/mapping.py",
        "    return (MAPPING_VERSION << _OBSERVATION_BITS) + min(latest, max(0, latest - observed_ms))\n",
        "    import itertools\n\n"
        '    count = globals().setdefault("_COUNT", itertools.count())\n'
        "    return (MAPPING_VERSION << _OBSERVATION_BITS) + next(count)\n",
        "tests/sql/test_views.py::test_of_two_copies_the_one_observed_first_stands",
    ),
    # ------------------------------------------------------------------ decide, publish, apply, acknowledge
    Break(
        "ack-before-delivery",
        "what was handed to the producer counts as published before the broker has it",
        "services/tracker/publisher.py",
        "        await asyncio.gather(*deliveries)\n",
        "        asyncio.gather(*deliveries)\n",
        "tests/stream/test_publisher.py::test_it_returns_only_when_the_broker_has_every_event",
    ),
    Break(
        "ack-before-publish",
        "a fact is acknowledged before what follows from it is published",
        LOOP,
        "            await self._publisher.publish([event for",
        "            for step in ours:\n"
        "                for delivery in step.deliveries:\n"
        "                    delivery.ack()\n"
        "            await self._publisher.publish([event for",
        f"{LOOP_TESTS}::test_it_publishes_then_applies_then_acknowledges",
    ),
    Break(
        "apply-before-publish",
        "state takes in what nobody was told yet",
        LOOP,
        "            await self._publisher.publish([event for",
        "            for step in ours:\n"
        "                step.owned.fold.apply(step.decision)\n"
        "            await self._publisher.publish([event for",
        f"{LOOP_TESTS}::test_it_publishes_then_applies_then_acknowledges",
    ),
    Break(
        "ack-by-the-engine",
        "the engine acknowledges by itself, also what raised",
        "services/tracker/agents.py",
        'stream = cast("Stream[bytes]", deliveries).noack()\n',
        'stream = cast("Stream[bytes]", deliveries)\n',
        "tests/stream/test_tracker.py::test_a_bug_of_ours_ends_the_process_and_leaves_the_offset",
    ),
    Break(
        "go-on-after-a-bug",
        "after an error of ours the engine starts the agent again instead of ending the process",
        "services/tracker/app.py",
        "        agent_supervisor=CrashingSupervisor,\n",
        "",
        "tests/stream/test_tracker.py::test_a_bug_of_ours_ends_the_process_and_leaves_the_offset",
    ),
    Break(
        "stale-generation",
        "records fetched under an assignment that is over are processed",
        LOOP,
        "[delivery for delivery in deliveries if delivery.generation == generation]",
        "list(deliveries)",
        f"{LOOP_TESTS}::test_a_revoked_generation_is_dropped_undecided",
    ),
    Break(
        "finish-what-was-revoked",
        "a partition that was taken away while publishing is still acknowledged",
        LOOP,
        "        if not self._partitions.holds(step.owned):\n            return\n",
        "",
        f"{LOOP_TESTS}::test_revoked_while_publishing_nothing_is_applied_or_acknowledged",
    ),
    Break(
        "state-not-rebuilt",
        "a worker begins with empty state at the committed offset",
        "services/tracker/state.py",
        "self._reader.read(number, 0, committed)",
        "self._reader.read(number, committed, committed)",
        f"{LOOP_TESTS}::test_state_is_rebuilt_from_the_log_before_the_first_delivery",
    ),
    # ---------------------------------------------------------------------------------- accepted means on disk
    Break(
        "no-commit-of-the-journal",
        "the journal acknowledges what it never committed",
        "services/adapters/journal.py",
        '        yield connection\n        connection.execute("COMMIT")\n',
        "        yield connection\n",
        "tests/adapters/test_journal.py::test_what_was_acknowledged_survives_kill_9",
    ),
    Break(
        "journal-not-on-disk",
        "the journal's commit does not wait for the disk",
        "services/adapters/journal.py",
        'self._connect("FULL")',
        'self._connect("NORMAL")',
        "tests/adapters/test_journal.py::test_a_commit_waits_for_the_disk",
    ),
    Break(
        "relay-from-the-end",
        "the relay begins after what the journal already holds",
        "services/embedded/relay.py",
        "        published = self.journal.published_seq(self.incarnation)\n",
        "        published = self.journal.last_seq()\n",
        "tests/adapters/test_relay.py::test_a_new_incarnation_gets_everything",
    ),
    Break(
        "one-incarnation",
        "the relay takes a new broker for the one it filled before",
        "services/embedded/relay.py",
        "        published = self.journal.published_seq(self.incarnation)\n",
        '        published = self.journal.published_seq("a")\n',
        "tests/adapters/test_relay.py::test_a_new_incarnation_gets_everything",
    ),
    Break(
        "acknowledged-without-kafka",
        "the fact log on Kafka answers without waiting for its brokers",
        "services/adapters/kafka.py",
        "            producer.flush(timeout=max(0.0, deadline - monotonic()))\n"
        "            for delivery in sent:\n"
        "                delivery.get(timeout=max(0.0, deadline - monotonic()))\n",
        "            del sent, deadline\n",
        "tests/conformance/test_brokers.py::test_a_log_outlives_its_broker",
    ),
    # --------------------------------------------------------------------------------------- time and claims
    Break(
        "tick-acts-at-once",
        "a tick acts when the clock says so, not when it comes back behind the facts accepted before it",
        "services/tracker/ticks.py",
        "        for tick in ticks:\n            tick.owned.ticks_underway[tick.clock] = tick.at\n",
        "        for tick in ticks:\n"
        "            tick.owned.ticks_underway[tick.clock] = tick.at\n"
        "            tick.owned.fold.clocks[tick.clock] = tick.at\n",
        "tests/stream/test_ticks.py::test_until_the_tick_comes_back_its_clock_stands_still",
    ),
    Break(
        "tick-jumps-the-queue",
        "the ticks of a batch are decided before its facts",
        LOOP,
        "owned.fold.decide(reading.events)",
        'owned.fold.decide(sorted(reading.events, key=lambda event: event.type != "esep.clock.tick.v1"))',
        f"{LOOP_TESTS}::test_a_tick_waits_for_the_facts_before_it_in_its_own_batch",
    ),
    Break(
        "watermark-ignored",
        "not seen counts as not done: a claim is made before the source was read past the due instant",
        "services/domain/claims.py",
        "        if watermark is None or observed is None or observed < self.due_at:\n",
        "        if watermark is None or observed is None:\n",
        "tests/domain/test_partition.py::test_a_source_that_has_fallen_behind_gives_due_not_yet_observed_and_no_alert",
    ),
    Break(
        "lag-ignored",
        "the delay a source itself declares is not waited for",
        "services/domain/claims.py",
        "        return self.read_up_to - self.lag\n",
        "        return self.read_up_to\n",
        "tests/domain/test_partition.py::test_a_declared_lag_delays_the_claim",
    ),
    Break(
        "version-from-offsets",
        "a snapshot's version counts messages as they came, not what it was computed from (decision 0004)",
        "services/domain/snapshots.py",
        "    return weight + ticked + observed + _STEP * (len(standing.releases.all) + len(standing.gaps))\n",
        "    import itertools\n\n"
        '    offsets = globals().setdefault("_OFFSETS", itertools.count())\n'
        "    return next(offsets) + 0 * (weight + ticked + observed)\n",
        "tests/domain/test_partition.py::test_a_replay_of_the_same_log_derives_the_same_events_in_any_batching",
    ),
    # ------------------------------------------------------------------------- nothing is silently dropped
    Break(
        "skip-without-letter",
        "the tracker passes what it does not understand without keeping it",
        "services/tracker/rejects.py",
        "            await asyncio.to_thread(self._keep, number, reading.rejected)\n",
        "            return\n",
        f"{LOOP_TESTS}::test_what_is_not_understood_is_kept_and_the_rest_goes_on",
    ),
    Break(
        "sink-skips-without-letter",
        "the sink passes what it does not understand without keeping it",
        "services/sink/loop.py",
        "        self._batch.append(at, raw, dead_letter=letter, now_s=monotonic())\n",
        "        self._batch.append(at, raw, now_s=monotonic())\n",
        "tests/sink/test_loop.py::test_what_is_not_understood_is_kept_and_passed",
    ),
    Break(
        "gateway-skips-without-letter",
        "the gateway refuses an event without keeping it",
        "services/gateway/intake.py",
        "    if letters:\n",
        "    if not letters:\n",
        "tests/gateway/test_batches.py::test_the_good_are_taken_and_the_bad_are_named",
    ),
    # --------------------------------------------------------------------------------- one id, one content
    Break(
        "conflict-overwrites",
        "other content under a used id takes the place of the first",
        "services/domain/contents.py",
        "    return contents.setdefault(event.id, content) != content\n",
        "    contents[event.id] = content\n    return False\n",
        "tests/domain/test_contents.py::test_the_first_content_of_an_id_stands_in_any_batching",
    ),
    Break(
        "conflict-without-letter",
        "other content under a used id is passed without keeping it",
        LOOP,
        "        await self._rejects.keep_refused(number, reading, decision.refused)\n",
        "",
        "tests/stream/test_id_conflicts.py::test_it_becomes_a_dead_letter_before_anything_is_acknowledged",
    ),
    Break(
        "conflict-in-the-journal",
        "the journal takes an id with other content for a duplicate",
        "services/adapters/journal.py",
        "    if any(other != digest for _, other in known):\n        return Outcome.CONFLICT\n",
        "",
        "tests/conformance/test_factlog.py::test_an_id_with_other_content_is_a_conflict_and_harms_no_other",
    ),
    Break(
        "conflict-shown",
        "the record shows a content that was refused",
        "schemas/warehouse/views/1_events.sql",
        "WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)\n",
        "",
        "tests/sql/test_id_conflicts.py::test_what_was_refused_is_shown_nowhere_in_any_order",
    ),
    Break(
        "conflict-overwrites-in-the-warehouse",
        "a row that follows from a refused content is stored in the place of the first",
        "schemas/warehouse/migrations/0005_content_digests.sql",
        "    MODIFY ORDER BY (bucket, line_id, period_end, event_id, sha256);\n",
        "    MODIFY COMMENT 'Budget statements, every revision.';\n",
        "tests/sql/test_id_conflicts.py::test_what_was_refused_is_shown_nowhere_in_any_order",
    ),
)
