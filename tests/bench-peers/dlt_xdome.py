"""dlt: xDome by REST, merged into DuckDB. As its performance guide advises: pages side by side (`defer`), whole pages
yielded, no child tables, normalizing in processes, Parquet for loading."""

import os

os.environ.setdefault("NORMALIZE__WORKERS", "2")
os.environ.setdefault("EXTRACT__WORKERS", "8")
os.environ.setdefault("NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS", "50000")
os.environ.setdefault("EXTRACT__DATA_WRITER__FILE_MAX_ITEMS", "50000")
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")

import dlt  # noqa: E402
from dlt.sources.helpers import requests  # noqa: E402
from vendor import BASE_URL, ROWS, STREAMS, TOKEN, question  # noqa: E402


def ask(stream, offset):
    answer = requests.post(
        BASE_URL + STREAMS[stream]["path"],
        json=question(stream, offset),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    answer.raise_for_status()
    return answer.json()


@dlt.defer
def page(stream, offset):
    return ask(stream, offset)[STREAMS[stream]["list"]]


def resource(stream):
    def pages():
        first = ask(stream, 0)
        yield first[STREAMS[stream]["list"]]
        for offset in range(ROWS, first["count"], ROWS):
            yield page(stream, offset)

    return dlt.resource(
        pages,
        name=stream,
        primary_key=STREAMS[stream]["key"],
        write_disposition="merge",
        max_table_nesting=0,
        parallelized=True,
    )


if __name__ == "__main__":
    pipeline = dlt.pipeline("xdome", destination=dlt.destinations.duckdb("xdome.duckdb"), dataset_name="vendor", pipelines_dir=os.getcwd())
    pipeline.run([resource(stream) for stream in STREAMS], loader_file_format="parquet")
    with pipeline.sql_client() as client:
        for stream in STREAMS:
            print(stream, client.execute_sql(f"SELECT count(*) FROM {stream}")[0][0])
