#!/usr/bin/env python3
"""pairs.py SEED COUNT - random pairs of documents, each pair on two lines

The second document of a pair is the first one after some edits, so that most of
both is the same; now and then it is a stranger.  Numbers are spelt as they are
here: the lines are made without a JSON library that would respell them.
"""
import random
import sys

KEYS = ["a", "b", "", "a/b", "m~n", "~1", "0", "-", "mounts", "destination", "type", "ü\U0001f600", " ", '"', "\\", "\x7f"]
NUMBERS = ["0", "-0", "1", "1.0", "1e3", "0.10", "18446744073709551615", "1e400", "-9223372036854775808",
           "999999999999999999", "1000000000000000000", "1E+2", "123456789012345678901234567890"]
STRINGS = ["", "x", "0", "ü", "\n\t\x01", "\x7f\u2028", "a=b", "/tmp", "\\u0000", '"']


class Number(str):
    """A number by its spelling."""


def text(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        out = ""
        for c in value:
            if c in '"\\':
                out += "\\" + c
            elif c == "\n":
                out += "\\n"
            elif c == "\t":
                out += "\\t"
            elif c < " ":
                out += "\\u%04x" % ord(c)
            else:
                out += c
        return '"' + out + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return "{" + ",".join(text(k) + ":" + text(v) for k, v in value.items()) + "}"


def make(r, depth):
    kind = r.randrange(10 if depth > 0 else 6)
    if kind < 1:
        return r.choice([None, True, False])
    if kind < 3:
        return Number(r.choice(NUMBERS))
    if kind < 6:
        return r.choice(STRINGS)
    if kind < 8:
        return [make(r, depth - 1) for _ in range(r.randrange(6))]
    return {k: make(r, depth - 1) for k in r.sample(KEYS, r.randrange(6))}


def edit(r, value, depth):
    """The value, changed a little, and not in place."""
    if isinstance(value, list) and r.random() < 0.9:
        value = list(value)
        for _ in range(r.randrange(4)):
            what = r.randrange(5)
            if what == 0 or not value:
                value.insert(r.randint(0, len(value)), make(r, depth))
            elif what == 1:
                del value[r.randrange(len(value))]
            elif what == 2:
                value.insert(r.randint(0, len(value) - 1), value.pop(r.randrange(len(value))))
            elif what == 3:
                value.append(r.choice(value))
            else:
                i = r.randrange(len(value))
                value[i] = edit(r, value[i], depth - 1)
        return value
    if isinstance(value, dict) and r.random() < 0.95:
        items = list(value.items())
        for _ in range(r.randrange(4)):
            what = r.randrange(4)
            if what == 0 or not items:
                items.insert(r.randint(0, len(items)), (r.choice(KEYS), make(r, depth)))
            elif what == 1:
                del items[r.randrange(len(items))]
            elif what == 2:
                items.insert(r.randint(0, len(items) - 1), items.pop(r.randrange(len(items))))
            else:
                i = r.randrange(len(items))
                items[i] = (items[i][0], edit(r, items[i][1], depth - 1))
        return dict(items)
    return make(r, depth)


def document(r):
    return {k: make(r, 5) for k in r.sample(KEYS, r.randrange(len(KEYS)))}


def main():
    r = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        before = document(r)
        after = edit(r, before, 4)
        if not isinstance(after, dict) or r.random() < 0.05:
            after = document(r)
        print(text(before))
        print(text(after))


main()
