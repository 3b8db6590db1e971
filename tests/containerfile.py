#!/usr/bin/env python3
"""containerfile.py DIRECTORY [-v] [TEXT] - RUN lines of public Containerfiles, built by buildah and by us

DIRECTORY has a root filesystem, rootfs.  Of each line the --mount words are the
original's, letter by letter: buildah gets them in a Containerfile, mounts-apply as
its options.  The command says what a step can see of the mounts, and what it may
write; it runs twice.  Both must say the same, but for DIFFERENCES, and leave the
same root filesystem.  TEXT: only the lines that have it in their names.

containerfile.py --reasons prints the reasons of all differences, one a line.
"""
import os
import re
import shlex
import socket
import subprocess
import sys
import threading

# What the project is; where it runs; the words; what they make visible; what both are told.
LINES = [
    ("a Java service", "/", "--mount=type=cache,target=/root/.m2", ["/root/.m2"], []),
    ("a monorepo", "/app", "--mount=type=cache,id=pnpm-store,target=/pnpm-store", ["/pnpm-store"], []),
    ("a compiler's packages", "/", "--mount=type=cache,sharing=locked,target=/var/cache/apt", ["/var/cache/apt"], []),
    ("an operating system", "/",
     "--mount=type=bind,from=ctx,source=/,target=/ctx --mount=type=cache,dst=/var/cache "
     "--mount=type=cache,dst=/var/log --mount=type=tmpfs,dst=/tmp",
     ["/ctx", "/var/cache", "/var/log", "/tmp"], []),
    ("a web application's registry", "/app", "--mount=type=secret,id=npmrc,target=/root/.npmrc", ["/root/.npmrc"],
     ["--secret=id=npmrc,src=DIRECTORY/npmrc"]),
    ("a password for a script", "/", "--mount=type=secret,id=build-secrets,dst=/run/build-secrets.env",
     ["/run/build-secrets.env"], ["--secret=id=build-secrets,src=DIRECTORY/npmrc"]),
    ("a token in its usual place", "/", "--mount=type=secret,id=token", ["/run/secrets/token"],
     ["--secret=id=token,src=DIRECTORY/npmrc"]),
    ("private Go modules", "/tmp/src", "--mount=type=cache,target=/root/.cache/go-build --mount=type=ssh",
     ["/root/.cache/go-build", "$SSH_AUTH_SOCK"], ["--ssh=default=DIRECTORY/agent"]),
    ("private crates", "/", "--mount=type=ssh,id=default", ["$SSH_AUTH_SOCK"], ["--ssh=default=DIRECTORY/agent"]),
    ("a module that is tidied", "/src", "--mount=target=/src,rw --mount=target=/go/pkg/mod,type=cache",
     ["/src", "/go/pkg/mod"], []),
    ("one cache for two images", "/usr/src",
     "--mount=type=cache,id=api:/var/cache/apt,target=/var/cache/apt "
     "--mount=type=cache,id=api:/var/lib/apt/lists,target=/var/lib/apt/lists",
     ["/var/cache/apt", "/var/lib/apt/lists"], []),
    ("a toolchain's dependencies", "/", "--mount=type=bind,source=.,target=/src", ["/src"], []),
    ("a locked project", "/code",
     "--mount=type=bind,source=go.mod,target=/code/go.mod --mount=type=bind,source=go.sum,target=/code/go.sum",
     ["/code/go.mod", "/code/go.sum"], []),
    ("a map's tiles", "/", "--mount=target=/mnt/build-context", ["/mnt/build-context"], []),
]

# What each target is, what is in it, how it is mounted, and whether it can be written to.
PROBE = r"""#!/bin/sh
for target; do
	eval "target=$target"
	echo "== $target"
	find "$target" | sort | while read -r path; do
		stat -c '%n %F %a %u:%g' "$path"
		[ ! -f "$path" ] || md5sum <"$path"
	done
	awk -v t="$target" '$5 == t { print $6 }' /proc/self/mountinfo | tr ',' '\n' | grep -E '^(ro|rw|nosuid|nodev|noexec)$'
	if [ -d "$target" ]; then
		echo more 2>&1 >>"$target/written" && echo 'written to' || echo 'not written to'
	elif [ -f "$target" ]; then
		echo more 2>&1 >>"$target" && echo 'written to' || echo 'not written to'
	fi
done >>/report 2>/dev/null
"""

# What differs, and the reason, which man/ocipipe-buildah.7 has.  "-" is before what
# buildah alone says or leaves, "+" what we alone do.
OLD = "1.28"
DIFFERENCES = [
    (r"-/src/written regular file 644 0:0", "B165"),
    (r"\+(nosuid|nodev|noexec)", "B191"),
    (r"[-+]/run/buildkit/ssh_agent\.0 socket 6[02]0 0:0", "B193"),
    (r"-left: \./(root|root/.cache|var|var/.*|go|go/pkg|mnt(/.*)?|run/secrets|run/buildkit) d 755 0:0 ", "B203"),
    (r"\+left: \./src d 755 0:0 ", "B203"),
    (r"-(/var/cache/apt/buildah-cache-lockfile .*|d41d8cd98f00b204e9800998ecf8427e  -)", "B180"),
    (r"-/tmp directory 1777 0:0", OLD),
    (r"[-+]/ctx directory (555|755) 0:0", OLD),
    (r"[-+]left: \. d (555|755) 0:0 ", OLD),
    (r"-left: \./etc/hostname f 755 0:0 ", OLD),
    (r"\+left: \./tmp d (755|1777) 0:0 ", OLD),
]


class Failed(Exception):
    pass


def run(command, **more):
    ran = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, **more)
    if ran.returncode:
        raise Failed("%s: %s%s" % (command if isinstance(command, str) else shlex.join(command), ran.stdout, ran.stderr))
    return ran.stdout


class Sandbox:
    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.context = self.directory + "/context"
        os.makedirs(self.directory + "/ctx")
        with open(self.directory + "/ctx/build.sh", "w") as f:
            f.write("true\n")
        with open(self.directory + "/npmrc", "w") as f:
            f.write("secret\n")
        with open(self.directory + "/rootfs/bin/probe", "w") as f:
            f.write(PROBE)
            os.fchmod(f.fileno(), 0o755)
        self.env = dict(os.environ, CONTAINERS_CONF="/dev/null", TMPDIR=self.directory, OCI_RUNTIME="runc",
                        OCIPIPE_CACHE_DIR=self.directory + "/caches")
        self.agent = socket.socket(socket.AF_UNIX)
        self.agent.bind(self.directory + "/agent")
        self.agent.listen()
        threading.Thread(target=self.answer, daemon=True).start()
        base = self.buildah("from", "scratch").strip()
        self.buildah("copy", "-q", base, self.directory + "/rootfs", "/")
        self.buildah("commit", "-q", base, "base")
        ctx = self.buildah("from", "scratch").strip()
        self.buildah("copy", "-q", ctx, self.directory + "/ctx", "/")
        self.buildah("commit", "-q", ctx, "ctx")

    def fill(self):
        """The context, as it was before somebody wrote to it."""
        run(["rm", "-rf", self.context])
        for name, text in (("go.mod", "module m\n"), ("go.sum", "sum\n"), ("main.go", "main\n")):
            os.makedirs(self.context, exist_ok=True)
            with open("%s/%s" % (self.context, name), "w") as f:
                f.write(text)

    def answer(self):
        """An agent with no keys; nobody asks it."""
        while True:
            self.agent.accept()[0].close()

    def buildah(self, *words):
        return run(["buildah", "--storage-driver", "vfs", "--root", self.directory + "/storage", "--runroot",
                    self.directory + "/run", *words], env=self.env)

    def told(self, words):
        return [word.replace("DIRECTORY", self.directory) for word in words]

    def forget(self):
        """What the last line left; each cache begins empty."""
        for name in ("theirs", "ours", "caches", "buildah-cache-0", "buildah-cache"):
            run(["rm", "-rf", "%s/%s" % (self.directory, name)])

    def theirs(self, where, words, targets, told):
        """The root filesystem that buildah makes."""
        self.fill()
        step = "RUN %s probe %s\n" % (words, " ".join("'%s'" % t for t in targets))
        with open(self.directory + "/Containerfile", "w") as f:
            f.write("FROM base\nWORKDIR %s\n%s%s" % (where, step, step))
        image = self.buildah("bud", "-q", "--isolation", "oci", "--runtime", "runc", "--network", "none", "--layers=false",
                             "-f", self.directory + "/Containerfile", *self.told(told), self.context).strip()
        made = self.directory + "/theirs"
        run(["mkdir", made])
        container = self.buildah("from", image).strip()
        run(["cp", "-a", self.buildah("mount", container).strip() + "/.", made])
        self.buildah("rm", container)
        return made

    def ours(self, where, words, targets, told):
        self.fill()
        made = self.directory + "/ours"
        run(["cp", "-a", self.directory + "/rootfs", made])
        command = "ocigen --rootfs=%s --workdir=%s -- probe %s | ns-apply --network=none | mounts-apply %s %s | ocirun" % (
            made, where, shlex.join(targets), words,
            shlex.join(["--context=" + self.context, "--build-context=ctx=%s/ctx" % self.directory, *self.told(told)]))
        for _ in range(2):
            run(command, shell=True, env=self.env)
        return made


def picture(root):
    """Names, kinds, modes and owners of a tree."""
    return run("find . -printf '%p %y %m %U:%G %l\\n' | sort", shell=True, cwd=root).splitlines()


def main():
    if sys.argv[1:] == ["--reasons"]:
        print("\n".join(sorted({reason for _, reason in DIFFERENCES})))
        return
    verbose = "-v" in sys.argv
    directory, *text = [a for a in sys.argv[1:] if a != "-v"]
    sandbox = Sandbox(directory)
    bad = 0
    for name, where, words, targets, told in LINES:
        if text and text[0] not in name:
            continue
        try:
            theirs, ours = sandbox.theirs(where, words, targets, told), sandbox.ours(where, words, targets, told)
        except (Failed, subprocess.TimeoutExpired) as failed:
            print("%s: %s" % (name, failed))
            bad += 1
            sandbox.forget()
            continue
        reports = [open(root + "/report").read().splitlines() for root in (theirs, ours)]
        if verbose:
            print("---- %s\n%s" % (name, "\n".join(reports[1])))
        differ = []
        for a, b in zip(reports, (reports[1], reports[0])):
            sign = "-" if a is reports[0] else "+"
            differ += [sign + line for line in a if line not in b]
        if len(reports[0]) != len(reports[1]) and not differ:
            differ.append("their report has %d lines, ours %d" % (len(reports[0]), len(reports[1])))
        one, other = picture(theirs), picture(ours)
        differ += ["-left: " + line for line in one if line not in other]
        differ += ["+left: " + line for line in other if line not in one]
        for line in differ:
            if not any(re.match(pattern + "$", line) for pattern, _ in DIFFERENCES):
                print("%s: %s" % (name, line))
                bad += 1
        sandbox.forget()
    print("%d lines, %d unexplained" % (len(LINES), bad))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
