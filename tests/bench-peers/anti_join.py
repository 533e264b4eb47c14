"""The join of a run's staged findings with the ledger before it, by DuckDB, over the very files that reconcile reads."""

import json
import sys

import duckdb

ledger, pages, memory = sys.argv[1:4]
connection = duckdb.connect()
connection.execute(f"SET threads = 2; SET memory_limit = '{memory}'")
columns = "columns = {asset: 'VARCHAR', finding: 'VARCHAR', hash: 'VARCHAR', body: 'JSON'}, format = 'newline_delimited'"
rows = connection.execute(f"""
    WITH seen AS (SELECT asset, finding, hash FROM read_json('{pages}', {columns})),
         known AS (SELECT asset, finding, hash FROM read_json('{ledger}', {columns}))
    SELECT count(*) FILTER (known.asset IS NULL), count(*) FILTER (seen.asset IS NULL),
           count(*) FILTER (seen.hash <> known.hash), count(*)
    FROM seen FULL JOIN known USING (asset, finding)
""").fetchone()
print(json.dumps(dict(zip(["new", "missing", "changed", "all"], rows))))
