"""This module defines the schema of the history's SQLite file as steps from one version to the next."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x42_4E_43_48
"""The file's header contains ``BNCH``, so that another program's database is recognised and left alone."""

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            status TEXT NOT NULL,
            purpose TEXT NOT NULL,
            plan TEXT NOT NULL,
            environment TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE loads (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            key TEXT NOT NULL,
            launch INTEGER NOT NULL,
            load_ns INTEGER,
            process_start_ns INTEGER,
            pid INTEGER,
            verdict TEXT,
            UNIQUE (run_id, key, launch)
        )
        """,
        """
        CREATE TABLE samples (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            key TEXT NOT NULL,
            alias TEXT NOT NULL,
            model_id TEXT,
            execution_provider TEXT,
            context_tokens INTEGER,
            mode TEXT NOT NULL,
            "order" TEXT NOT NULL,
            launch INTEGER NOT NULL,
            prompt_id TEXT NOT NULL,
            prompt TEXT NOT NULL,
            round INTEGER NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            error TEXT,
            flags TEXT NOT NULL,
            started_at TEXT NOT NULL,
            ttft_ms REAL,
            e2e_ms REAL,
            decode_tok_s REAL,
            arrivals_ns BLOB NOT NULL,
            first_answer_ns INTEGER,
            end_ns INTEGER,
            prompt_tokens INTEGER,
            output_tokens INTEGER,
            tokens_source TEXT NOT NULL,
            finish_reason TEXT,
            one_token_first INTEGER NOT NULL,
            text TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            peak_rss_bytes INTEGER,
            peak_vram_bytes INTEGER
        )
        """,
        "CREATE INDEX samples_of_run ON samples (run_id)",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    (
        "ALTER TABLE loads ADD COLUMN peak_rss_bytes INTEGER",
        "ALTER TABLE loads ADD COLUMN forecast_bytes INTEGER",
        """
        CREATE TABLE readings (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL REFERENCES runs (run_id),
            reading TEXT NOT NULL
        )
        """,
        "CREATE INDEX readings_of_run ON readings (run_id)",
        """
        CREATE TABLE observed_memory (
            id INTEGER PRIMARY KEY,
            identity TEXT NOT NULL,
            seen TEXT NOT NULL
        )
        """,
    ),
    (
        "ALTER TABLE loads ADD COLUMN measured_bytes INTEGER",
        "ALTER TABLE loads ADD COLUMN left_bytes INTEGER",
    ),
    (
        "ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE loads ADD COLUMN segment INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE loads ADD COLUMN round_trip_ns INTEGER",
        "ALTER TABLE loads ADD COLUMN idle_watts REAL",
        "ALTER TABLE samples ADD COLUMN segment INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE samples ADD COLUMN concurrency INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE samples ADD COLUMN disturbances TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE samples ADD COLUMN energy_j REAL",
        "ALTER TABLE samples ADD COLUMN energy_source TEXT",
        "ALTER TABLE samples ADD COLUMN hidden_tokens INTEGER",
        "ALTER TABLE samples ADD COLUMN cached_prompt_tokens INTEGER",
    ),
    (
        "ALTER TABLE runs ADD COLUMN models TEXT",
        "ALTER TABLE runs ADD COLUMN prompt_set TEXT",
        "ALTER TABLE runs ADD COLUMN rounds INTEGER",
        "ALTER TABLE runs ADD COLUMN launches INTEGER",
        """
        UPDATE runs SET
            models = of_plan(plan, 'models'), prompt_set = of_plan(plan, 'prompt_set'),
            rounds = of_plan(plan, 'rounds'), launches = of_plan(plan, 'launches')
        """,
        "CREATE INDEX samples_by_status ON samples (run_id, status)",
    ),
    (
        """
        CREATE TABLE ratings (
            id INTEGER PRIMARY KEY,
            answer_id TEXT NOT NULL,
            key TEXT NOT NULL,
            prompt_id TEXT NOT NULL,
            score INTEGER,
            reason TEXT NOT NULL,
            rater TEXT NOT NULL,
            kind TEXT NOT NULL,
            blind INTEGER NOT NULL,
            note TEXT NOT NULL,
            rated_at TEXT NOT NULL
        )
        """,
        "CREATE INDEX ratings_of_answer ON ratings (answer_id)",
    ),
    ("ALTER TABLE samples ADD COLUMN sent_ns INTEGER",),
    (
        "ALTER TABLE ratings ADD COLUMN in_order INTEGER",
        "ALTER TABLE ratings ADD COLUMN turned INTEGER",
        "ALTER TABLE ratings ADD COLUMN rubric TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX ratings_of_rater ON ratings (rater)",
        """
        CREATE TABLE pairings (
            id INTEGER PRIMARY KEY,
            judge TEXT NOT NULL,
            rubric TEXT NOT NULL,
            prompt_id TEXT NOT NULL,
            first_id TEXT NOT NULL,
            second_id TEXT NOT NULL,
            first_characters INTEGER NOT NULL,
            second_characters INTEGER NOT NULL,
            preferred TEXT,
            reason TEXT NOT NULL,
            note TEXT NOT NULL,
            judged_at TEXT NOT NULL
        )
        """,
        "CREATE INDEX pairings_of_judge ON pairings (judge)",
    ),
    (
        "ALTER TABLE samples ADD COLUMN pace_ns INTEGER",
        "ALTER TABLE ratings ADD COLUMN replied TEXT",
        "ALTER TABLE pairings ADD COLUMN replied TEXT",
    ),
    (
        "ALTER TABLE samples ADD COLUMN turn INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE runs ADD COLUMN conversation TEXT",
        "CREATE INDEX runs_of_conversation ON runs (conversation)",
    ),
    ("ALTER TABLE samples ADD COLUMN first_share REAL",),
    ("ALTER TABLE loads ADD COLUMN provider_ns INTEGER",),
    (
        """
        CREATE TABLE votes (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL,
            prompt_id TEXT NOT NULL,
            keys TEXT NOT NULL,
            answer_ids TEXT NOT NULL,
            winner TEXT,
            voter TEXT NOT NULL,
            blind INTEGER NOT NULL,
            voted_at TEXT NOT NULL
        )
        """,
    ),
    ("ALTER TABLE samples ADD COLUMN beside TEXT NOT NULL DEFAULT ''",),
    (
        "ALTER TABLE samples ADD COLUMN client_busy REAL",
        "ALTER TABLE samples ADD COLUMN arrivals_per_s REAL",
        "ALTER TABLE samples ADD COLUMN waited_ns INTEGER",
    ),
    (
        "ALTER TABLE samples ADD COLUMN server_decode_tok_s REAL",
        "ALTER TABLE samples ADD COLUMN server_prefill_tok_s REAL",
    ),
    (
        "ALTER TABLE runs ADD COLUMN prompts INTEGER",
        "ALTER TABLE runs ADD COLUMN question TEXT",
        "UPDATE runs SET prompts = of_plan(plan, 'prompts'), question = of_plan(plan, 'question')",
    ),
    ("ALTER TABLE samples ADD COLUMN other_cores REAL",),
    ("ALTER TABLE loads ADD COLUMN threads INTEGER",),
)
"""Step n brings a file of version n to version n + 1; a released step is never changed, only followed by others.

Times, sizes and texts are stored as measured. ``ttft_ms``, ``e2e_ms`` and ``decode_tok_s`` are derived, for
queries, as are ``models``, ``prompt_set``, ``rounds``, ``launches``, ``prompts``, ``question`` and ``conversation`` of
a run; a record read back computes its own.
"""

VERSION: Final = len(STEPS)
