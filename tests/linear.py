#!/usr/bin/env python3
"""linear.py TIMES COMMAND... - does ten times the input take ten times as long?

COMMAND is run by the shell in which $N is the size; first for $N=10000, then for
100000.  The least processor time of several runs counts, so that other load on the
machine does not.  Exit status 0 if the second takes less than TIMES as long.
"""
import os
import resource
import subprocess
import sys


def seconds(command, size):
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime  # only the sum is exact

    best = None
    for _ in range(3):
        before = used()
        subprocess.run(["sh", "-c", command], check=True, env=dict(os.environ, N=str(size)))
        took = used() - before
        best = took if best is None else min(best, took)
    return max(best, 0.001)


times, command = float(sys.argv[1]), " ".join(sys.argv[2:])
small, large = seconds(command, 10000), seconds(command, 100000)
print("%.3f s, then %.3f s: %.1f times" % (small, large, large / small))
sys.exit(large > times * small)
