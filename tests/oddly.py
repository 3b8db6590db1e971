#!/usr/bin/env python3
"""oddly.py WAY[,WAY...] COMMAND [ARG...] - start a command as nobody should

Ways: descriptors, ignored, blocked, umask, ambient, securebits, session, nice, core, dumpless,
closed, environment.  The command must not notice, and what it starts even less.
"""
import ctypes
import os
import resource
import shutil
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 28, 47, 2
PR_SET_DUMPABLE, PR_SET_PDEATHSIG = 4, 1
NO_SETUID_FIXUP, KEEP_CAPS = 4, 16


def descriptors():
    """All from 3 to 1023, with little room above them."""
    null = os.open("/etc/passwd", os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1090, 1090))
    for number in range(3, 1024):
        if number != null:
            os.dup2(null, number)
        os.set_inheritable(number, True)


def ignored():
    for number in set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
        signal.signal(number, signal.SIG_IGN)


def blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)) - {32, 33})


def ambient():
    """Every capability that we have, in all sets."""

    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

    header, data = Header(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(ctypes.byref(header), data)
    for half in (0, 3):
        data[half + 2] = data[half + 1]
    if libc.capset(ctypes.byref(header), data) < 0:
        sys.exit("oddly.py: cannot set inheritable capabilities")
    for cap in range(64):
        if data[cap // 32 * 3 + 1] >> cap % 32 & 1:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)


def securebits():
    libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP | KEEP_CAPS, 0, 0, 0)


def core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))


def closed():
    for number in (0, 1, 2):
        os.close(number)


def environment():
    os.environ.update(
        LD_LIBRARY_PATH="/nowhere", BASH_ENV="/nowhere", IFS="/", GODEBUG="x=1", LISTEN_FDS="3",
        LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET="/nowhere", _LIBCONTAINER_INITPIPE="3",
        SHLVL="7", POSIXLY_CORRECT="1", LANG="tr_TR.UTF-8", LC_ALL="tr_TR.UTF-8", SECRET="x",
    )


WAYS = {
    "descriptors": descriptors,
    "ignored": ignored,
    "blocked": blocked,
    "umask": lambda: os.umask(0),
    "umask777": lambda: os.umask(0o777),
    "ambient": ambient,
    "securebits": securebits,
    "session": os.setsid,
    "nice": lambda: os.nice(5),
    "core": core,
    "dumpless": lambda: libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0),
    "dying": lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),
    "closed": closed,
    "environment": environment,
}

program = shutil.which(sys.argv[2])
for way in sys.argv[1].split(","):
    WAYS[way]()
os.execv(program, sys.argv[2:])
