#!/usr/bin/env python3
"""longpatch.py SEED LENGTH COUNT - a document with long lists, a patch, and what it must give

Three lines.  The lists are longer than what is kept in one piece, and are edited
everywhere; now and then they are moved, copied, tested or replaced as a whole.
"""
import copy
import json
import random
import sys

r = random.Random(int(sys.argv[1]))
LENGTH, COUNT = int(sys.argv[2]), int(sys.argv[3])

document = {
    "a": [{"destination": "/m%d" % i} for i in range(LENGTH)],
    "b": list(range(LENGTH)),
    "c": {"d": [[i] for i in range(LENGTH)]},
}
before = json.dumps(document, separators=(",", ":"))
operations = []
lists = {"/a": lambda: (document, "a"), "/b": lambda: (document, "b"), "/c/d": lambda: (document["c"], "d")}


def at(pointer):
    parent, key = lists[pointer]()
    return parent[key]


def index(items, more=0):
    """Often at the ends."""
    last = len(items) - 1 + more
    return r.choice([0, last, r.randint(0, last), r.randint(0, last)])


def edit(number):
    pointer = r.choice(list(lists))
    items = at(pointer)
    what = r.choice(["add"] * 6 + ["remove"] * 6 + ["replace", "move", "copy", "test", "element", "whole"])
    if what in ("remove", "replace", "move", "copy", "test", "element") and not items:
        what = "add"
    if what == "add":
        i, value = index(items, 1), {"n": number}
        operations.append({"op": "add", "path": "%s/%s" % (pointer, "-" if i == len(items) else i), "value": value})
        items.insert(i, copy.deepcopy(value))
    elif what == "remove":
        i = index(items)
        operations.append({"op": "remove", "path": "%s/%d" % (pointer, i)})
        del items[i]
    elif what == "replace":
        i = index(items)
        operations.append({"op": "replace", "path": "%s/%d" % (pointer, i), "value": [number]})
        items[i] = [number]
    elif what == "move":
        other = at(r.choice(list(lists)))
        target = next(p for p in lists if at(p) is other)
        i = index(items)
        value = items.pop(i)
        j = index(other, 1)
        operations.append({"op": "move", "from": "%s/%d" % (pointer, i), "path": "%s/%d" % (target, j)})
        other.insert(j, value)
    elif what == "copy":
        i, j = index(items), index(items, 1)
        operations.append({"op": "copy", "from": "%s/%d" % (pointer, i), "path": "%s/%d" % (pointer, j)})
        items.insert(j, copy.deepcopy(items[i]))
    elif what == "test":
        i = index(items)
        operations.append({"op": "test", "path": "%s/%d" % (pointer, i), "value": copy.deepcopy(items[i])})
    elif what == "element":
        i = index(items)
        if isinstance(items[i], list):
            operations.append({"op": "add", "path": "%s/%d/-" % (pointer, i), "value": number})
            items[i].append(number)
    elif number % 50 == 0:
        whole(number, pointer)


def whole(number, pointer):
    """Things that need a list in one piece."""
    parent, key = lists[pointer]()
    what = r.randrange(5)
    if what == 0:
        operations.append({"op": "test", "path": pointer, "value": copy.deepcopy(parent[key])})
    elif what == 1:
        operations.append({"op": "copy", "from": pointer, "path": "/copy"})
        document["copy"] = copy.deepcopy(parent[key])
    elif what == 2:
        operations.append({"op": "move", "from": "/c", "path": "/c"})
        document["c"] = document.pop("c")
    elif what == 3:
        operations.append({"op": "move", "from": pointer, "path": "/x"})
        operations.append({"op": "add", "path": "/y", "value": {}})
        operations.append({"op": "move", "from": "/x", "path": "/y/z"})
        operations.append({"op": "move", "from": "/y/z", "path": pointer})
        operations.append({"op": "remove", "path": "/y"})
        parent[key] = parent.pop(key)
    else:
        operations.append({"op": "replace", "path": pointer, "value": [[number]] * LENGTH})
        parent[key] = [[number] for _ in range(LENGTH)]


for i in range(COUNT):
    edit(i)
print(before)
print(json.dumps(operations, separators=(",", ":")))
print(json.dumps(document, separators=(",", ":")))
