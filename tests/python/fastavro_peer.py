"""fastavro as a second opinion: answers one JSON line per line of its input.

{"schema": …, "values": [hex, …]}   what it reads from each and writes again, and values of its own
{"schema": …, "pairs": [[hex, hex], …]}   whether both of each pair are one value
"""
import io
import json
import sys

import fastavro
from fastavro.utils import generate_one

OWN = 5


def plain(schema):
    """Without logical types, whose Python types hold less than Avro's."""
    if isinstance(schema, list):
        return [plain(branch) for branch in schema]
    if isinstance(schema, dict):
        return {
            key: plain(value) if key in ("type", "items", "values", "fields") else value
            for key, value in schema.items()
            if key != "logicalType"
        }
    return schema


def read(schema, data):
    source = io.BytesIO(data)
    value = fastavro.schemaless_reader(source, schema, return_record_name=True)
    assert not source.read(), "bytes left over"
    return value


def write(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    return out.getvalue()


def answer(question):
    schema = fastavro.parse_schema(plain(question["schema"]))
    if "pairs" in question:
        values = [[read(schema, bytes.fromhex(text)) for text in pair] for pair in question["pairs"]]
        return {"same": [first == second for first, second in values]}
    again = [write(schema, read(schema, bytes.fromhex(text))).hex() for text in question["values"]]
    own = []
    for _ in range(OWN):
        try:
            own.append(write(schema, generate_one(schema)).hex())
        except RecursionError:
            # Its generator takes no way out of a recursive type.
            break
    return {"again": again, "own": own}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # Whatever it is, the other side counts it.
        reply = {"error": repr(error)[:300]}
    print(json.dumps(reply), flush=True)
