#!/usr/bin/env python3
"""dribble.py COMMAND... - run a command whose pipes are slow, narrow and do not block

What is on standard input reaches it in pieces of 1 to 999 bytes, with pauses; what it
writes is taken from a pipe of one page likewise.
"""
import fcntl
import os
import subprocess
import sys
import threading
import time

SET_PIPE_SIZE = 1031


def narrow_pipe():
    ends = os.pipe()
    fcntl.fcntl(ends[1], SET_PIPE_SIZE, 4096)
    return ends


def set_nonblocking(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def feed(fd, text):
    at, size = 0, 1
    while at < len(text):
        at += os.write(fd, text[at : at + size])
        size = size % 999 + 7
        if size % 13 == 0:
            time.sleep(0.0005)
    os.close(fd)


def main():
    text = sys.stdin.buffer.read()
    to_child, from_child = narrow_pipe(), narrow_pipe()
    set_nonblocking(to_child[0])
    set_nonblocking(from_child[1])
    child = subprocess.Popen(sys.argv[1:], stdin=to_child[0], stdout=from_child[1])
    os.close(to_child[0])
    os.close(from_child[1])
    threading.Thread(target=feed, args=(to_child[1], text), daemon=True).start()
    count = 0
    while piece := os.read(from_child[0], 777):
        sys.stdout.buffer.write(piece)
        count += 1
        if count % 50 == 0:
            time.sleep(0.0005)
    return child.wait()


sys.exit(main())
