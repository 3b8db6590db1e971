#!/usr/bin/env python3
"""treepicture.py make|show DIRECTORY UID GID [SUBUID SUBGID] - a tree of all that files can be

make: a new one at DIRECTORY, for a container's root that is UID:GID and whose other ids are
those behind SUBUID and SUBGID (its id 1 is the first of them); without these, behind UID and
GID.  show: every file on a line, its owners as the container's ids; sockets are left out.
Paths may be of any length.
"""
import hashlib
import os
import socket
import stat
import struct
import sys

CAPABILITY, ACCESS, DEFAULT = "security.capability", "system.posix_acl_access", "system.posix_acl_default"
ACL_NAMED = (2, 8)


class Ids:
    def __init__(self, root, others):
        self.root, self.others = root, others

    def host(self, id):
        return self.root if id == 0 else self.others + id - 1

    def container(self, id):
        return 0 if id == self.root else id - self.others + 1


def capability(root):
    """cap_net_bind_service,cap_net_raw=ep, of a user namespace whose root is so"""
    return struct.pack("<IIIIII", 0x03000001 if root else 0x02000001, 1 << 10 | 1 << 13, 0, 0, 0, root)[:24 if root else 20]


def acl(ids, id):
    entries = [(1, 6, 2**32 - 1), (2, 5, ids.host(id)), (4, 4, 2**32 - 1), (16, 7, 2**32 - 1), (32, 0, 2**32 - 1)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


def make(top, uids, gids):
    os.mkdir(top)
    os.chdir(top)

    def file(name, text="", mode=0o644, uid=0, gid=0):
        with open(name, "w") as f:
            f.write(text)
        os.chown(name, uids.host(uid), gids.host(gid))
        os.chmod(name, mode)

    for mode in (0o000, 0o400, 0o644, 0o1644, 0o2755, 0o4755, 0o6711):
        file("mode-%o" % mode, "%o" % mode, mode, 7, 8)
    file("mine", "x" * 3000000)
    file("others", "y", 0o640, 1000, 1001)
    with open("sparse", "wb") as f:
        f.seek(20 << 20)
        f.write(b"in the middle")
        f.truncate(50 << 20)
    with open("nothing but a hole", "wb") as f:
        f.truncate(1 << 40)
    with open("starts", "wb") as f:
        f.write(b"z" * 5000)
        f.truncate(10 << 20)
    os.makedirs("a/b/c")
    file("a/first", "linked", 0o640, 3, 4)
    for name in ("b/second", "b/c/third", "fourth"):
        os.link("a/first", "a/" + name)
    os.symlink("../nowhere", "link")
    os.symlink("/etc/passwd", "absolute link")
    os.symlink("x" * 4000, "long link")
    os.link("link", "a/link", follow_symlinks=False)
    os.lchown("link", uids.host(9), gids.host(10))
    os.mkfifo("fifo", 0o620)
    os.link("fifo", "a/fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket")
    for name in (b"new\nline", b"\xff\xfe", b"-rf", b"n" * 255, b" ", b"links", b"data"):
        file(name, "odd")
    for mode in (0o000, 0o111, 0o700, 0o1777, 0o2775):
        os.mkdir("dir-%o" % mode)
        file("dir-%o/inner" % mode, "inner")
        os.chown("dir-%o" % mode, uids.host(5), gids.host(6))
        os.chmod("dir-%o" % mode, mode)
    os.setxattr("mine", "user.ours", b"\0value\xff" * 100)
    os.setxattr("a", "user.ours", b"")
    os.setxattr("a/first", CAPABILITY, capability(uids.root))
    os.setxattr("others", ACCESS, acl(uids, 77))
    os.setxattr("a/b", DEFAULT, acl(uids, 78))
    if not uids.root:
        os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(7, 200))
    deep = os.open(".", os.O_RDONLY)
    for level in range(40):
        name = "%02d" % level + "d" * 198
        os.mkdir(name, dir_fd=deep)
        os.chown(name, uids.host(0), gids.host(0), dir_fd=deep)
        below = os.open(name, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(os.open("bottom", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=deep))
    os.link("bottom", "other", src_dir_fd=deep, dst_dir_fd=deep)
    os.close(deep)
    finish(uids, gids)


def finish(uids, gids):
    """What nobody was given is the root's; times are old, but not all the same."""
    number = 0
    for path, dirs, files, dir in os.fwalk(".", topdown=False):
        for name in files + dirs + ["."] * (path == "."):
            st = os.lstat(name, dir_fd=dir)
            if uids.root and st.st_uid == os.geteuid() != uids.root:
                attributes = {n: os.getxattr(at(dir, name), n) for n in os.listxattr(at(dir, name), follow_symlinks=False)
                              if n == CAPABILITY}
                os.chown(name, uids.root, gids.root if st.st_gid == 0 else st.st_gid, dir_fd=dir, follow_symlinks=False)
                if not stat.S_ISLNK(st.st_mode):
                    os.chmod(name, st.st_mode & 0o7777, dir_fd=dir)
                for n in attributes:
                    os.setxattr(at(dir, name), n, attributes[n])
            number += 1
            time = (1000000000 + number) * 10**9 + 123456789
            os.utime(name, ns=(time, time + 1), dir_fd=dir, follow_symlinks=False)


def at(dir, name):
    return "/proc/self/fd/%d/%s" % (dir, name)


def attributes(path, uids):
    shown = []
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        value = os.getxattr(path, name, follow_symlinks=False)
        if name == CAPABILITY and value[3] == 3 and struct.unpack("<I", value[20:])[0] == uids.root:
            value = value[:3] + b"\2" + value[4:20]
        elif name in (ACCESS, DEFAULT):
            entries = [struct.unpack("<HHI", value[i:i + 8]) for i in range(4, len(value), 8)]
            value = [(t, p, uids.container(i) if t in ACL_NAMED else None) for t, p, i in entries]
        shown.append((name, value))
    return shown


def show(top, uids, gids):
    os.chdir(top)
    first = {}
    lines = []
    for path, dirs, files, dir in os.fwalk("."):
        for name in sorted(files + dirs) + ["."] * (path == "."):
            st = os.lstat(name, dir_fd=dir)
            if stat.S_ISSOCK(st.st_mode):
                continue
            link = os.readlink(name, dir_fd=dir) if stat.S_ISLNK(st.st_mode) else ""
            text = holes = size = ""
            if stat.S_ISREG(st.st_mode):
                size = st.st_size
                with open(at(dir, name), "rb") as f:
                    text = hashlib.sha256(f.read() if size < 2**30 else b"").hexdigest()
                holes = st.st_blocks * 512 < size // 2
            nlink = 0 if stat.S_ISDIR(st.st_mode) else st.st_nlink
            full = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:8]
            same = first.setdefault((st.st_dev, st.st_ino), (full, name))
            lines.append((full, path[-30:], name, "%o" % st.st_mode, uids.container(st.st_uid), gids.container(st.st_gid),
                          st.st_rdev, nlink, same, st.st_mtime_ns, size, holes, text, link, attributes(at(dir, name), uids)))
    print("\n".join(map(ascii, sorted(lines, key=ascii))))


what, directory, *numbers = sys.argv[1:]
uid, gid, *others = map(int, numbers)
uids, gids = Ids(uid, others[0] if others else uid + 1), Ids(gid, others[1] if others else gid + 1)
{"make": make, "show": show}[what](directory, uids, gids)
