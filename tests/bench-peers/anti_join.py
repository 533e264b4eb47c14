"""What a user would write with DuckDB in place of reconcile, over the very files that it reads.

`join` compares keys and hashes of the run's pages with those of the ledger before it and counts what is new, missing and
changed. `all` writes those three lists as well, and the next ledger with the bodies, in the format of the ledger.
As DuckDB's guide advises for larger than memory: no insertion order, and a folder to spill to."""

import json
import sys

import duckdb

ledger, pages, memory, folder, work = sys.argv[1:6]
RUN = "20260302T000000Z-00000002"
connection = duckdb.connect()
connection.execute(f"SET threads = 2; SET memory_limit = '{memory}'; SET temp_directory = '{folder}/spilled'")
connection.execute("SET preserve_insertion_order = false")


def rows(files, **columns):
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    return f"read_json('{files}', columns = {{{columns}}}, format = 'newline_delimited', maximum_object_size = 16777216)"


KEYS = dict(asset="VARCHAR", finding="VARCHAR", hash="VARCHAR")
connection.execute(f"""
    CREATE TEMP TABLE verdicts AS
    SELECT asset, finding, CASE WHEN known.hash IS NULL THEN 'new' WHEN seen.hash IS NULL THEN 'missing' ELSE 'changed' END AS verdict
    FROM {rows(pages, **KEYS)} AS seen FULL JOIN {rows(ledger, **KEYS)} AS known USING (asset, finding)
    WHERE seen.hash IS DISTINCT FROM known.hash
""")
told = dict(connection.execute("SELECT verdict, count(*) FROM verdicts GROUP BY verdict").fetchall())
if work == "all":
    written = f"(FORMAT json, COMPRESSION zstd)"
    connection.execute(f"COPY (SELECT * FROM verdicts ORDER BY asset, finding) TO '{folder}/verdicts.ndjson.zst' {written}")
    seen = dict(**KEYS, status="VARCHAR", fixed_on="VARCHAR", scope="JSON", body="JSON")
    known = dict(**seen, closed_by="VARCHAR", first_seen="VARCHAR", last_seen="VARCHAR")
    # Whoever was there before is known by its key alone, so that no body has to be held for the join.
    connection.execute(f"""
        COPY (
            SELECT seen.asset, seen.finding, seen.status, seen.fixed_on, NULL AS closed_by, seen.scope, seen.hash,
                   coalesce(known.first_seen, '{RUN}') AS first_seen, '{RUN}' AS last_seen, seen.body
            FROM {rows(pages, **seen)} AS seen
            LEFT JOIN {rows(ledger, asset="VARCHAR", finding="VARCHAR", first_seen="VARCHAR")} AS known USING (asset, finding)
            UNION ALL BY NAME
            SELECT known.asset, known.finding, 'fixed' AS status, '{RUN}' AS fixed_on, 'absence' AS closed_by, known.scope, known.hash,
                   known.first_seen, known.last_seen, known.body
            FROM {rows(ledger, **known)} AS known
            SEMI JOIN (FROM verdicts WHERE verdict = 'missing') USING (asset, finding)
        ) TO '{folder}/next.ndjson.zst' {written}
    """)
print(json.dumps(told))
