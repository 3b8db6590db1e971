#!/usr/bin/env python3
"""validate.py SCHEMAS - check the documents on standard input, one a line

SCHEMAS is the directory of the runtime-spec's JSON schemas.  What is wrong is
printed, a line each; then the exit status is 1.
"""
import json
import pathlib
import sys
import warnings

import jsonschema

warnings.simplefilter("ignore")  # newer ones would have it done otherwise

directory = pathlib.Path(sys.argv[1]).resolve()
schema = json.loads((directory / "config-schema.json").read_text())
# Its own id is an address on the web; the files it refers to lie beside it.
schema.pop("id", None)
resolver = jsonschema.RefResolver(directory.as_uri() + "/config-schema.json", schema)
validator = jsonschema.Draft4Validator(schema, resolver=resolver)
bad = 0
count = 0
for line in sys.stdin:
    count += 1
    for error in validator.iter_errors(json.loads(line)):
        bad += 1
        print("document %d: /%s: %s" % (count, "/".join(map(str, error.path)), error.message))
if count == 0:
    print("no documents")
sys.exit(bad > 0 or count == 0)
