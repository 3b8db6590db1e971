#!/usr/bin/env python3
"""validate.py - check the documents on standard input, one a line, by the official schema

What is wrong is printed, a line a document; then the exit status is 1.  It is 77
where there is no schema.
"""
import json
import sys
import warnings

warnings.simplefilter("ignore")  # newer validators would have it done otherwise

import ocischema  # noqa: E402

schema = ocischema.load()
if not schema:
    sys.exit(77)
bad = 0
for count, line in enumerate(sys.stdin):
    problem = schema.problem(json.loads(line))
    if problem:
        bad += 1
        print("document %d: %s" % (count + 1, problem))
sys.exit(bad > 0)
