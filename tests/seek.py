#!/usr/bin/env python3
# tests/seek.py FILE DIR... - where the bytes of FILE are found that should be nowhere, one a line
#
# In other files below DIR..., and in the names there; in the arguments and environments of all
# processes but this one and its parents; in the memory of each ocirun, and as one of its files.
import os
import re
import stat
import sys


def below(top):
    for at, dirs, files in os.walk(top):
        for name in dirs + files:
            yield os.path.join(at, name)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def in_files(marker, given, tops):
    for path in (path for top in tops for path in below(top)):
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if marker in os.fsencode(path):
            yield path
        if stat.S_ISREG(status.st_mode) and not os.path.samestat(status, given):
            if marker in read(path):
                yield path


def memory(pid):
    try:
        yield from pieces(pid)
    except OSError:
        pass  # it has ended


def pieces(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r.* (\S*)$", line)
            if not match or match[3] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            if end - start > 1 << 40:  # a sanitizer, which has copies of its own
                return
            mem.seek(start)
            try:
                yield mem.read(end - start)
            except OSError:
                pass


def descriptors(pid):
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if "secret" in os.readlink(f"/proc/{pid}/fd/{fd}"):
                yield f"/proc/{pid}/fd/{fd}"
    except OSError:
        pass


def own_line():
    pid = os.getpid()
    while pid:
        yield pid
        pid = int(re.search(r"^PPid:\s*(\d+)", read(f"/proc/{pid}/status").decode(), re.M)[1])


def in_processes(marker):
    ours = set(own_line())
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        if pid in ours:
            continue
        for name in ("cmdline", "environ"):
            if marker in read(f"/proc/{pid}/{name}"):
                yield f"/proc/{pid}/{name}: {read(f'/proc/{pid}/cmdline')}"
        if read(f"/proc/{pid}/comm") != b"ocirun\n":
            continue
        if any(marker in piece for piece in memory(pid)):
            yield f"/proc/{pid}/mem"
        yield from descriptors(pid)


marker = read(sys.argv[1])
for place in in_files(marker, os.stat(sys.argv[1]), sys.argv[2:]):
    print(place)
for place in in_processes(marker):
    print(place)
