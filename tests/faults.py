#!/usr/bin/env python3
"""faults.py - let system calls, allocations and signals hit a filter at every moment

  errors STEP DOCUMENT COMMAND...   each system call fails, with each of some errors
  kills STEP DOCUMENT COMMAND...    each system call is the last one, by each of some signals
  memory STEP SHIM DOCUMENT COMMAND...
                                    each allocation fails (SHIM: tests/nomemory.c, built)

From the first system call of the program itself on; every STEPth case.  What must
hold: standard output is empty or complete, and complete if and only if the status
is 0 or only its closing failed; a failure is 1 to 4 and said in a line or two; an --output file is the old one
or the new one, and on failure no other file is left.
"""
import os
import re
import signal
import shutil
import subprocess
import sys
import tempfile

ERRORS = {
    "read": ["EINTR", "EAGAIN", "EIO"],
    "write": ["EINTR", "EAGAIN", "EIO", "ENOSPC", "EDQUOT"],
    "close": ["EIO", "ENOSPC", "EINTR"],
    "openat": ["EMFILE", "ENOENT", "EACCES", "EIO", "ENOMEM"],
}
# But not the trace, which is one write to a file.
RETRIED = {("read", "EINTR"), ("read", "EAGAIN"), ("write", "EINTR"), ("write", "EAGAIN")}
SIGNALS = {"KILL": -9, "TERM": -15, "INT": -2, "HUP": -1}
# Their failure ends a process in libc, or cannot happen; libc takes a failing brk for an
# address unless it is a low one, and asks for a random number only in one of twenty
# temporary names.
EXCUSED = {
    "brk", "exit_group", "exit", "rt_sigreturn", "restart_syscall", "execve", "getrandom",
}
# What a sanitizer does for itself, and dies without (make asan).
SANITIZERS = {"mmap", "munmap", "madvise", "mprotect", "sigaltstack", "prctl"}


def excused(command):
    with open(shutil.which(command[0]), "rb") as file:
        return EXCUSED | SANITIZERS if b"__asan_init" in file.read() else EXCUSED


class Case:
    """A command in a directory of its own, with an old --output file."""

    def __init__(self, document, command):
        self.document, self.command = document, command
        self.dir = tempfile.mkdtemp(dir=".")
        with open(document, "rb") as file:
            self.text = file.read()
        self.env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        self.reset()
        done = self.run([])
        assert done.returncode == 0, done
        self.complete, self.new = done.stdout, self.read_output()

    def reset(self):
        shutil.rmtree(self.dir)
        os.mkdir(self.dir)
        with open(f"{self.dir}/out", "w", encoding="ascii") as file:
            file.write("old")

    def read_output(self):
        with open(f"{self.dir}/out", "rb") as file:
            return file.read()

    def run(self, wrapper, env=None):
        return subprocess.run(
            [*wrapper, *self.command],
            input=self.text,
            capture_output=True,
            cwd=self.dir,
            env={**self.env, **(env or {})},
            check=False,
        )

    def left(self):
        return sorted(set(os.listdir(self.dir)) - {"out", "trace", "dep", "separate"})

    def judge(self, done, what, statuses=range(1, 5)):
        """The violations of what must hold, printed."""
        wrong = []
        if done.stdout not in (b"", self.complete):
            wrong.append(f"{len(done.stdout)} bytes of output, not {len(self.complete)}")
        if done.returncode == 0 and (done.stdout, self.read_output()) != (self.complete, self.new):
            wrong.append("status 0 without the document")
        written = what.partition(" at ")[2].startswith("close(1)")
        if done.returncode != 0 and done.stdout and not written:
            wrong.append(f"status {done.returncode} with a document")
        if done.returncode != 0 and done.returncode not in statuses:
            wrong.append(f"status {done.returncode}")
        if self.read_output() not in (b"old", self.new):
            wrong.append("--output is neither old nor new")
        if done.returncode in statuses and self.left():
            wrong.append(f"left behind: {self.left()}")
        if done.returncode in range(1, 5):
            lines = done.stderr.decode(errors="replace").splitlines()
            ours = [line for line in lines if line.startswith(self.command[0] + ": ")]
            if not 1 <= len(ours) <= 2 or lines != ours:
                wrong.append(f"says {lines}")
        for text in wrong:
            print(f"{' '.join(self.command)}: {what}: {text}: {done.stderr[-300:]}")
        return not wrong

    def close(self):
        shutil.rmtree(self.dir)


def system_calls(case):
    """(call, its number among those of its name), of the program itself."""
    log = os.path.abspath(f"{case.dir}.strace")
    case.reset()
    case.run(["strace", "-o", log])
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    os.remove(log)
    counts, calls, ours, without = {}, [], False, excused(case.command)
    for line in lines:
        match = re.match(r"(\w+)\(", line)
        if not match:
            continue
        name = match[1]
        counts[name] = counts.get(name, 0) + 1
        ours = ours or line.startswith("fcntl(0, F_GETFD")
        if ours and name not in without:
            calls.append((name, counts[name], line))
    assert ours, "the program's own system calls were not found"
    return calls


def errors(step, document, command):
    case, good = Case(document, command), True
    cases = [
        (name, number, error, line)
        for name, number, line in system_calls(case)
        for error in ERRORS.get(name, ["EIO", "ENOMEM"])
    ]
    for name, number, error, line in cases[::step]:
        case.reset()
        done = case.run(
            ["strace", "-qq", "-o", "/dev/null", "-e", f"inject={name}:error={error}:when={number}"]
        )
        what = f"{error} at {line[:70]}"
        good = case.judge(done, what) and good
        if (name, error) in RETRIED and done.returncode != 0 and "tool" not in line:
            print(f"{command[0]}: {what}: not made again, status {done.returncode}")
            good = False
    case.close()
    return good


def kills(step, document, command):
    case, good = Case(document, command), True
    cases = [
        (name, number, signal, line)
        for name, number, line in system_calls(case)
        for signal in SIGNALS
    ]
    for name, number, signal, line in cases[::step]:
        case.reset()
        done = case.run(
            ["strace", "-qq", "-o", "/dev/null", "-e", f"inject={name}:signal={signal}:when={number}"]
        )
        what = f"SIG{signal} at {line[:70]}"
        if done.returncode != SIGNALS[signal]:
            print(f"{command[0]}: {what}: status {done.returncode}")
            good = False
        if done.stdout not in (b"", case.complete) or case.read_output() not in (b"old", case.new):
            print(f"{command[0]}: {what}: a part of a document")
            good = False
    case.close()
    return good


def memory(step, shim, document, command):
    case, good, number = Case(document, command), True, 1
    while True:
        case.reset()
        done = case.run([], {"LD_PRELOAD": os.path.abspath(shim), "FAIL_AT": str(number)})
        # The shim says so if there were fewer allocations.
        if b"fewer allocations\n" in done.stderr:
            break
        good = case.judge(done, f"allocation {number} fails", [4]) and good
        if done.returncode == 4 and not re.search(
            rb": out of memory\n|: Cannot allocate memory\n", done.stderr
        ):
            print(f"{command[0]}: allocation {number} fails: {done.stderr}")
            good = False
        if not good:
            break
        number += step
    case.close()
    return good and number > 1


def main(what, *args):
    # What ignores them (nohup, a shell's background) is inherited.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if what == "errors":
        return errors(int(args[0]), args[1], list(args[2:]))
    if what == "kills":
        return kills(int(args[0]), args[1], list(args[2:]))
    if what == "memory":
        return memory(int(args[0]), args[1], args[2], list(args[3:]))
    sys.exit(f"unknown fault {what}")


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
