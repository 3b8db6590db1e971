#!/usr/bin/env python3
"""debian.py PACKAGE... - the files of these packages of this host, and of what they need

One path a line, without the leading slash and what nobody runs (manuals, translations,
the compiler's big brothers).  With "essential" for PACKAGE: all that Debian calls so.
"""
import os
import re
import subprocess
import sys

LEFT_OUT = re.compile(r"/usr/share/(doc|man|locale|info|perl|lintian|gcc|bash-completion|bug)/|/lto1$|lto-dump"
                      r"|lib[atlu]+san|libasan|/gold|\.gold$|\.dwp|/gprof|/lib/modules|/libexec/.*/g\+\+-mapper")


def packages():
    """name: (is it essential, the names that it needs)"""
    form = "${Package}\t${Essential}\t${Pre-Depends}, ${Depends}\t${Provides}\n"
    text = subprocess.run(["dpkg-query", "-W", "-f", form], text=True, capture_output=True, check=True).stdout
    known = {}
    for line in text.splitlines():
        name, essential, needs, provides = line.split("\t")
        first = [re.split(r"[ (:|]", need.strip())[0] for need in needs.split(",") if need.strip()]
        known[name] = (essential == "yes", first)
        for also in provides.split(","):
            if also.strip():
                known.setdefault(re.split(r"[ (]", also.strip())[0], (False, [name]))
    return known


def main():
    known, wanted = packages(), sys.argv[1:]
    todo = [name for name in known if known[name][0]] if "essential" in wanted else []
    todo += [name for name in wanted if name != "essential"]
    done = set()
    while todo:
        name = todo.pop()
        if name not in done and name in known:
            done.add(name)
            todo += known[name][1]
    text = subprocess.run(["dpkg", "-L"] + sorted(done), text=True, capture_output=True).stdout
    paths = {path for path in text.splitlines() if path.startswith("/") and path != "/."}
    for path in sorted(paths):
        if not LEFT_OUT.search(path) and os.path.lexists(path):
            print(path.lstrip("/"))


if __name__ == "__main__":
    main()
