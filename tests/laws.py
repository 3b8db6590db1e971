#!/usr/bin/env python3
"""laws.py - what the law tests ask about documents and commands

  equal A B             the same members in the same order, numbers spelt alike
  equivalent A B        the same where order has a meaning: members of objects in any
                        order, and namespaces, environment, capabilities, rlimits, devices
  owned BEFORE AFTER ABOUT
                        only what ABOUT (of --introspect) owns has changed
  truncations STEP DOCUMENT COMMAND...
                        the command refuses the document cut off at every STEPth byte
  wrong-types STEP DOCUMENT COMMAND...
                        the command refuses a value of another kind wherever its table of
                        owned pointers says that it looks; every STEPth place
  linear FACTOR SMALL LARGE COMMAND...
                        LARGE takes at most twice FACTOR times as long as SMALL
  elsewhere SOURCE TOOL...
                        an option of another of the tools is answered with that tool, and
                        the table in SOURCE (lib/elsewhere.c) has no others
  manual TOOL options|common PAGE
                        the page describes these options of the tool, and no others
  odd-options TOOL      every option without its value, with an empty and an odd one
  runs N COMMAND...     N runs of the command on standard input give the same bytes

Each prints what is wrong, and exits 1 if anything is.
"""
import json
import re
import resource
import subprocess
import sys


class Number(str):
    """A number as it is spelt."""


class Object(dict):
    """An object whose order counts."""

    def __eq__(self, other):
        return isinstance(other, Object) and list(self.items()) == list(other.items())


def read(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read())


def parse(text):
    return json.loads(
        text,
        object_pairs_hook=Object,
        parse_int=Number,
        parse_float=Number,
        parse_constant=Number,
    )


def kind(value):
    if isinstance(value, Number):
        return "number"
    return type(value).__name__


def escape(name):
    return name.replace("~", "~0").replace("/", "~1")


def differences(a, b, where=""):
    """Where two values differ, as (pointer, a, b)."""
    if kind(a) != kind(b):
        yield where, a, b
    elif isinstance(a, Object):
        for name in [*a, *(n for n in b if n not in a)]:
            if name not in a or name not in b:
                yield f"{where}/{escape(name)}", a.get(name, "nothing"), b.get(name, "nothing")
            else:
                yield from differences(a[name], b[name], f"{where}/{escape(name)}")
        if list(a) != list(b) and set(a) == set(b):
            yield where, f"members {list(a)}", f"members {list(b)}"
    elif isinstance(a, list):
        for i in range(max(len(a), len(b))):
            if i >= len(a) or i >= len(b):
                yield f"{where}/{i}", *(x[i] if i < len(x) else "nothing" for x in (a, b))
            else:
                yield from differences(a[i], b[i], f"{where}/{i}")
    elif a != b:
        yield where, a, b


def show(found):
    found = list(found)
    for where, a, b in found[:20]:
        print(f"{where}: {json.dumps(a)[:200]} -> {json.dumps(b)[:200]}")
    return not found


# ---- equivalence -----------------------------------------------------------

UNORDERED = {
    "/linux/namespaces",
    "/process/env",
    "/process/rlimits",
    "/process/capabilities/bounding",
    "/process/capabilities/effective",
    "/process/capabilities/inheritable",
    "/process/capabilities/permitted",
    "/process/capabilities/ambient",
    "/linux/devices",
}


def sort(value, where=""):
    if isinstance(value, Object):
        return Object((n, sort(value[n], f"{where}/{escape(n)}")) for n in sorted(value))
    if isinstance(value, list):
        items = [sort(item, f"{where}/-") for item in value]
        return sorted(items, key=json.dumps) if where in UNORDERED else items
    return value


# ---- ownership -------------------------------------------------------------


class Owned:
    """What a filter may change: its table of pointers, parsed."""

    def __init__(self, about):
        self.plain, self.exempt, self.chosen = [], [], []
        for text in about["owns"]:
            if text.startswith("!"):
                self.exempt.append(text[1:])
            elif text.endswith("]"):
                pointer, _, rule = text[:-1].partition("[")
                self.chosen.append((pointer, rule))
            else:
                self.plain.append(text)
        self.plain += ["/ocipipe/inputs", "/ocipipe/relied/" + about["name"]]

    @staticmethod
    def beneath(where, pointer):
        return where == pointer or where.startswith(pointer + "/")

    def all(self, where):
        """Everything here is its own, but for what is exempt below."""
        deepest = max((len(p) for p in self.plain if self.beneath(where, p)), default=-1)
        exempt = max((len(p) for p in self.exempt if self.beneath(where, p)), default=-1)
        return deepest > exempt

    def some(self, where):
        """Something not its own may be here or below."""
        return not self.all(where) or any(self.beneath(p, where) for p in self.exempt)

    def above(self, where):
        """Something of its own may be below, so this may have been made for it."""
        pointers = [*self.plain, *(p for p, _ in self.chosen), "/ocipipe/version"]
        return any(self.beneath(p, where) for p in pointers)

    def entry(self, where, value):
        """This entry of a shared list is its own."""
        for pointer, rule in self.chosen:
            if pointer != where:
                continue
            if rule.endswith("=") and isinstance(value, str):
                return value.startswith(rule)
            if isinstance(value, Object):
                member, _, wanted = rule.partition("=")
                if member.endswith("!"):
                    return value.get(member[:-1]) != wanted
                return value.get(member) == wanted
        return False

    def strip(self, value, where=""):
        """The value without what is its own; None if nothing is left."""
        if not self.some(where):
            return None
        if isinstance(value, Object):
            left = Object()
            for name in value:
                below = f"{where}/{escape(name)}"
                kept = self.strip(value[name], below)
                if kept is not None or (value[name] is None and self.some(below)):
                    left[name] = kept
            if list(left) == ["version"] and where == "/ocipipe":
                return None
            return left if left or not (self.above(where) or self.all(where)) else None
        if isinstance(value, list):
            left = [item for item in value if not self.entry(where, item)]
            return left if left or not self.above(where) else None
        return None if self.all(where) else value


def owned(before, after, about):
    mine = Owned(about)
    return show(differences(mine.strip(before) or Object(), mine.strip(after) or Object()))


# ---- commands --------------------------------------------------------------


def run(command, text):
    return subprocess.run(command, input=text, capture_output=True, check=False)


def refuses(command, text, what):
    """Exit status 1, nothing on standard output, and a message of one or two lines."""
    done = run(command, text)
    lines = done.stderr.decode().splitlines()
    if done.returncode == 1 and not done.stdout and 1 <= len(lines) <= 2:
        return True
    print(f"{command[0]}: {what}: exit {done.returncode}, {len(done.stdout)} bytes, {lines}")
    return False


def truncations(step, path, command):
    with open(path, "rb") as file:
        text = file.read().rstrip()
    cuts = {*range(1, len(text), step), len(text) - 1}
    return all(refuses(command, text[:cut], f"the first {cut} bytes") for cut in sorted(cuts))


def places(value, where=""):
    yield where, value
    if isinstance(value, Object):
        for name in value:
            yield from places(value[name], f"{where}/{escape(name)}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, f"{where}/{i}")


def write(value, replaced, by, where=""):
    """The text of a document, with the text `by` in the place of one value."""
    if where == replaced:
        return by
    if isinstance(value, Object):
        members = (
            f"{json.dumps(n)}:{write(value[n], replaced, by, f'{where}/{escape(n)}')}"
            for n in value
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        items = (write(item, replaced, by, f"{where}/{i}") for i, item in enumerate(value))
        return "[" + ",".join(items) + "]"
    return value if isinstance(value, Number) else json.dumps(value)


WRONG = ["true", "0", "-1", "1.5", "18446744073709551616", '""', '"x"', "[]", "{}", "[{}]"]


def wrong_types(step, path, command):
    document = read(path)
    about = json.loads(subprocess.check_output([command[0], "--introspect"]))
    mine = Owned(about)
    if "" in mine.plain:  # it edits documents of any shape
        return True
    looked_at = [
        (where, value)
        for where, value in places(document)
        if mine.all(where) and "/x-" not in where and not where.startswith("/ocipipe")
    ]
    good = True
    for where, value in looked_at[::step]:
        for wrong in WRONG:
            if kind(parse(wrong)) == kind(value):
                continue
            text = write(document, where, wrong).encode()
            good = refuses(command, text, f"{wrong} at {where}") and good
        if not good:
            break
    return good


def seconds(command, path):
    """User and system time, the least of some runs: other load hardly counts."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(path, "rb") as file:
            subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(times)


def linear(factor, small, large, command):
    short, long = seconds(command, small), seconds(command, large)
    if long <= 2 * factor * short:
        return True
    print(f"{command}: {short:.3f} s and {long:.3f} s, {long / short:.1f} times")
    return False


# ---- options ---------------------------------------------------------------


def introspect(tool):
    return json.loads(subprocess.check_output([tool, "--introspect"]))


def names(rows):
    return {name for row in rows if not row["hidden"] for name in row["names"]}


def asked_of(tool, words):
    """A tool's exit status, and what it says of a command line."""
    done = run([tool, *words], b"")
    return done.returncode, done.stderr.decode(errors="replace")


def check_hint(option, owners, tools, sentences):
    """The hint of a tool that does not have the option."""
    stranger = next(tool for tool, has in tools.items() if option not in has)
    status, said = asked_of(stranger, ["--" + option])
    hints = re.findall(r"([a-z-]+) --([a-z0-9-]+)", said.partition("hint: ")[2].split("\n")[0])
    named = {tool for tool, name in hints if name == option}
    if status == 2 and named == owners:
        return True
    if status == 2 and option in sentences and "hint: " in said:
        return True
    print(f"--{option} is of {owners}, but {stranger} says {named}: line in lib/elsewhere.c?")
    return False


def elsewhere(source, tools):
    about = {tool: introspect(tool) for tool in tools}
    common = set().union(*(names(a["common"]) for a in about.values()))
    has = {tool: names(a["options"]) | names(a["common"]) for tool, a in about.items()}
    with open(source, encoding="utf-8") as file:
        text = file.read()
    rows = re.findall(r'\{ "([a-z-]+)",\n((?:\s*"[^"]*"\n?)+) \}', text)
    sentences = re.findall(r'\{ "([a-z-]+)", (?:\'.\'|0), "', text)
    good = len(rows) > 5 and "privileged" in sentences
    for option in sorted(set().union(*has.values()) - common):
        owners = {tool for tool in tools if option in names(about[tool]["options"])}
        if "ocigen" in owners:  # process-apply is the same table
            owners.discard("process-apply")
        good = check_hint(option, owners, has, sentences) and good
    for tool, text in rows:
        for word in re.findall(r"[a-z0-9-]+", text):
            if word not in has.get(tool, ()):
                print(f"{source}: {tool} has no option --{word}")
                good = False
    return good


def described(page):
    """The options that have an .It Fl of their own in a manual, and their letters."""
    with open(page, encoding="utf-8") as file:
        text = file.read()
    options, letters = set(), set()
    for line in re.findall(r"^\.It (Fl .*)", text, re.MULTILINE):
        for letter, name in re.findall(r"Fl (?:([A-Za-z])|Fl ([a-z0-9-]+))(?= |$)", line):
            options |= {name} - {""}
            letters |= {letter} - {""}
    return options, letters, set(re.findall(r"Fl Fl ([a-z0-9-]+)", text))


def manual(rows, page):
    options, letters, mentioned = described(page)
    good = True
    for row in rows:
        if row["hidden"]:
            continue
        if row["names"][0] not in options:
            print(f"{page}: no .It Fl Fl {row['names'][0]}")
            good = False
        for alias in row["names"][1:]:
            if alias not in mentioned:
                print(f"{page}: --{alias} is not mentioned")
                good = False
        if row.get("letter") and row["letter"] not in letters:
            print(f"{page}: no .It Fl {row['letter']}")
            good = False
    for name in options - names(rows):
        print(f"{page}: there is no option --{name}")
        good = False
    for letter in letters - {row.get("letter") for row in rows}:
        print(f"{page}: there is no option -{letter}")
        good = False
    return good


def odd_options(tool):
    about = introspect(tool)
    usage = 125 if tool == "ocirun" else 2
    good = True
    for row in about["options"] + about["common"]:
        for name in row["names"]:
            needs = row.get("arg", "[")[0] != "["
            flag = "arg" not in row
            trials = {
                f"--{name}": needs,
                f"--{name}=": flag,
                f"--{name}=x": flag,
                f"--{name}=" + "x" * 100000: flag,
                f"--{name}=\x01%s%n/../-": flag,
            }
            for word, wrong in trials.items():
                done = run([tool, word], b"{}")
                expected = done.returncode == usage if wrong else 0 <= done.returncode <= 125
                silent = done.returncode == 0 or not done.stdout
                told = not wrong or f"--{name}: ".encode() in done.stderr
                if not (expected and silent and told):
                    print(f"{tool} {word[:60]}: exit {done.returncode}, {done.stderr[:200]}")
                    good = False
    return good


def runs(count, command):
    text = sys.stdin.buffer.read()
    outputs = {run(command, text).stdout for _ in range(count)}
    if len(outputs) == 1 and outputs != {b""}:
        return True
    print(f"{command}: {len(outputs)} different outputs")
    return False


def main(what, *args):
    if what == "equal":
        return show(differences(read(args[0]), read(args[1])))
    if what == "equivalent":
        return show(differences(sort(read(args[0])), sort(read(args[1]))))
    if what == "owned":
        return owned(read(args[0]), read(args[1]), read(args[2]))
    if what == "truncations":
        return truncations(int(args[0]), args[1], list(args[2:]))
    if what == "wrong-types":
        return wrong_types(int(args[0]), args[1], list(args[2:]))
    if what == "linear":
        return linear(int(args[0]), args[1], args[2], list(args[3:]))
    if what == "elsewhere":
        return elsewhere(args[0], list(args[1:]))
    if what == "manual":
        return manual(introspect(args[0])[args[1]], args[2])
    if what == "odd-options":
        return odd_options(args[0])
    if what == "runs":
        return runs(int(args[0]), list(args[1:]))
    sys.exit(f"unknown question {what}")


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
