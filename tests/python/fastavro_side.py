"""fastavro, for tests/it/corpus_peers.rs: reads each value by its schema, and writes it again.

Standard input has a JSON object per line: {"schema": path, "values": [hex, ...]}. Standard output has one for each: {"name": full
name of the top type, "values": [hex, ...]}, or {"error": why the schema was refused}; a value that fastavro refuses is an object
{"error": why}, one that it writes into other branches of unions, since Python's value fits both, is {"branch": hex}. Logical types are taken out of the schemas: the bytes are those of the types below, and Python has no date
before the year 1.
"""

import io
import json
import math
import sys

import fastavro


def plain(schema):
    """The schema without logical types."""
    if isinstance(schema, dict):
        return {
            key: plain(value) if key in ("type", "items", "values", "fields") else value
            for key, value in schema.items()
            if key != "logicalType"
        }
    if isinstance(schema, list):
        return [plain(branch) for branch in schema]
    return schema


def read(schema, source):
    # A record in a union is named with its value, so that the same branch is written.
    return fastavro.schemaless_reader(source, schema, None, return_record_name=True)


def same(one, other):
    """Whether it is the same to Python, which has one int and one float, and takes an int for a float, with the digits that fit."""
    if isinstance(one, (list, tuple)):
        return isinstance(other, (list, tuple)) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if type(one) is int and type(other) is float:
        return math.isclose(one, other, rel_tol=1e-6)
    # As texts: no number equals NaN.
    return repr(one) == repr(other)


def again(schema, value):
    try:
        source = io.BytesIO(bytes.fromhex(value))
        given = read(schema, source)
        if source.read(1):
            return {"error": "bytes are left"}
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, given)
        written = out.getvalue().hex()
        if written != value:
            out.seek(0)
            if same(given, read(schema, out)):
                return {"branch": written}
        return written
    except Exception as error:  # what it raises is the answer
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def answer(line):
    try:
        with open(line["schema"], encoding="utf-8") as file:
            schema = fastavro.parse_schema(plain(json.load(file)))
        name = schema["name"]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"name": name, "values": [again(schema, value) for value in line["values"]]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
