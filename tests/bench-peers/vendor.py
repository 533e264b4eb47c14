"""Where the vendor is and what is asked of it: both peers send the product's own questions."""

import json
import os

BASE_URL = os.environ["PEER_BASE_URL"]
TOKEN = os.environ["PEER_TOKEN"]
# By stream: path, name of the list, key, and the question without offset and limit.
STREAMS = json.loads(os.environ["PEER_STREAMS"])
# The most that the vendor allows.
ROWS = 5000


def question(stream, offset):
    return {**STREAMS[stream]["question"], "offset": offset, "limit": ROWS, "include_count": offset == 0}
