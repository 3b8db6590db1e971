#!/usr/bin/env python3
"""buildah.py DIRECTORY [-v] [TEXT] - the same requests, made by buildah and by our filters

DIRECTORY has a root filesystem, rootfs.  Each request is made both ways; the
runtime that buildah is given keeps the configuration and fails.  The two
documents may differ only as DIFFERENCES say.  With -v the differences are shown.
TEXT: only the requests that have it in their names.

buildah.py --reasons prints the reasons of all differences, one a line.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

# name; what the container is made with; what it runs with; what our filters are told.
# "@" in our command lines: the root filesystem and, behind --, the command.
REQUESTS = [
    # ---- the process
    ("plain", "", "-- id", "ocigen @ -- id"),
    ("absolute", "", "-- /bin/ls -l /", "ocigen @ -- /bin/ls -l /"),
    ("not there", "", "-- nothing-of-that-name", "ocigen @ -- nothing-of-that-name"),
    ("in the second directory", "", "-e PATH=/usr/bin:/bin -- cat", "ocigen @ -e PATH=/usr/bin:/bin -- cat"),
    ("not in the path", "", "-e PATH=/usr/bin -- cat", "ocigen @ -e PATH=/usr/bin -- cat"),
    ("empty path", "", "-e PATH= -- cat", "ocigen @ -e PATH= -- cat"),
    ("a name with a slash", "", "-- ./cat", "ocigen @ -- ./cat"),
    ("arguments", "", "-- echo '' 'a b' '$x' --flag", "ocigen @ -- echo '' 'a b' '$x' --flag"),
    ("variables", "", "-e A=1 -e B='x y' -e C= -- id", "ocigen @ -e A=1 -e B='x y' -e C= -- id"),
    ("a variable twice", "", "-e A=1 -e A=2 -- id", "ocigen @ -e A=1 -e A=2 -- id"),
    ("a value with =", "", "-e A=b=c -- id", "ocigen @ -e A=b=c -- id"),
    ("our own variable", "", "-e OURS -- id", "ocigen @ -e OURS -- id"),
    ("our own variables", "", "-e 'OURS*' -- id", "ocigen @ -e 'OURS*' -- id"),
    ("no such variable", "", "-e ABSENT -- id", "ocigen @ -e ABSENT -- id"),
    ("proxies", "", "-- id", "ocigen @ --http-proxy -- id", {"http_proxy": "http://p:1", "NO_PROXY": "x"}),
    ("no proxies", "--http-proxy=false", "-- id", "ocigen @ -- id", {"http_proxy": "http://p:1"}),
    ("working directory", "", "--workingdir /tmp/a -- id", "ocigen @ --workingdir /tmp/a -- id"),
    ("a terminal", "", "-t -- id", "ocigen @ -t -- id"),
    ("no terminal", "", "--terminal=false -- id", "ocigen @ --terminal=false -- id"),
    ("user by name", "", "--user alice -- id", "ocigen @ -u alice -- id"),
    ("user with another group", "", "--user bob -- id", "ocigen @ -u bob -- id"),
    ("user by number", "", "--user 1000 -- id", "ocigen @ -u 1000 -- id"),
    ("unknown number", "", "--user 4242 -- id", "ocigen @ -u 4242 -- id"),
    ("user and group", "", "--user alice:video -- id", "ocigen @ -u alice:video -- id"),
    ("user and group by number", "", "--user 5:6 -- id", "ocigen @ -u 5:6 -- id"),
    ("user and group, mixed", "", "--user 5:video -- id", "ocigen @ -u 5:video -- id"),
    ("user with an empty group", "", "--user alice: -- id", "ocigen @ -u alice: -- id"),
    ("a name within a name", "", "--user bin -- id", "ocigen @ -u bin -- id"),
    ("no label", "--security-opt label=disable", "-- id", "ocigen @ --security-opt=label=disable -- id"),
    ("apparmor", "--security-opt apparmor=profile", "-- id", "ocigen @ --security-opt=apparmor=profile -- id"),
    ("everything of a process", "", "--user alice -e A=1 --workingdir /w -- sh -c x",
     "ocigen @ | process-apply -u alice -e A=1 -w /w -- sh -c x | caps-apply --effective= --permitted="),
    # ---- the image
    ("image's environment", "config: --env A=1 --env PATH=/bin", "-e A=2 -- cat",
     "ocigen @ --image-config=IMAGE -e A=2 -- cat", {}, {"Env": ["A=1", "PATH=/bin"]}),
    ("image's user", "config: --user alice:video", "-- id", "ocigen @ --image-config=IMAGE -- id", {},
     {"User": "alice:video"}),
    ("image's user is not ours", "config: --user alice", "--user bob -- id",
     "ocigen @ --image-config=IMAGE -u bob -- id", {}, {"User": "alice"}),
    ("image's directory", "config: --workingdir /srv", "-- id", "ocigen @ --image-config=IMAGE -- id", {},
     {"WorkingDir": "/srv"}),
    ("image's entry point is not run", "config: --entrypoint '[\"/e\"]' --cmd /c", "-- id",
     "ocigen @ --image-config=IMAGE -- id", {}, {"Entrypoint": ["/e"], "Cmd": ["/c"]}),
    # ---- namespaces
    ("network none", "", "--network none -- id", "ocigen @ -- id | ns-apply --network=none | mounts-apply"),
    ("network host", "", "--network host -- id", "ocigen @ -- id | ns-apply --network=host | mounts-apply"),
    ("network joined", "", "--network ns:NAMESPACES/net -- id",
     "ocigen @ -- id | ns-apply --network=NAMESPACES/net | mounts-apply"),
    ("pid host", "", "--pid host -- id", "ocigen @ -- id | ns-apply --pid=host | mounts-apply"),
    ("pid joined", "", "--pid ns:NAMESPACES/pid -- id", "ocigen @ -- id | ns-apply --pid=ns:NAMESPACES/pid | mounts-apply"),
    ("ipc host", "", "--ipc host -- id", "ocigen @ -- id | ns-apply --ipc=host | mounts-apply"),
    ("ipc joined", "", "--ipc NAMESPACES/ipc -- id", "ocigen @ -- id | ns-apply --ipc=NAMESPACES/ipc | mounts-apply"),
    ("uts host", "", "--uts host -- id", "ocigen @ -- id | ns-apply --uts=host | mounts-apply"),
    ("cgroup host", "", "--cgroupns host -- id", "ocigen @ -- id | ns-apply --cgroupns=host | mounts-apply"),
    ("cgroup private", "", "--cgroupns private -- id", "ocigen @ -- id | ns-apply --cgroupns=private | mounts-apply"),
    ("host name", "", "--hostname builder -- id", "ocigen @ -- id | ns-apply --hostname=builder | mounts-apply"),
    ("all of the host's", "", "--network host --pid host --ipc host --uts host -- id",
     "ocigen @ -- id | ns-apply --network=host --pid=host --ipc=host --uts=host | mounts-apply"),
    # ---- ids
    ("ids mapped", "--userns-uid-map 0:100000:65536 --userns-gid-map 0:200000:65536", "-- id",
     "ocigen @ -- id | idmap-apply --uidmap=0:100000:65536 --gidmap=0:200000:65536 | mounts-apply"),
    ("user ids serve for both", "--userns-uid-map 0:100000:65536", "-- id",
     "ocigen @ -- id | idmap-apply --userns-uid-map=0:100000:65536 | mounts-apply"),
    ("two ranges", "--userns-uid-map 0:100000:1000 --userns-uid-map 1000:300000:64536", "-- id",
     "ocigen @ -- id | idmap-apply --uidmap=0:100000:1000 --uidmap=1000:300000:64536 | mounts-apply"),
    ("ids mapped, network host", "--userns-uid-map 0:100000:65536", "--network host -- id",
     "ocigen @ -- id | ns-apply --network=host | idmap-apply --uidmap=0:100000:65536 | mounts-apply"),
    ("ids mapped, ipc host", "--userns-uid-map 0:100000:65536", "--ipc host -- id",
     "ocigen @ -- id | ns-apply --ipc=host | idmap-apply --uidmap=0:100000:65536 | mounts-apply"),
    ("the host's ids", "--userns host", "-- id", "ocigen @ -- id | idmap-apply --userns=host | mounts-apply"),
    # ---- capabilities
    ("a capability more", "", "--cap-add CAP_NET_ADMIN -- id", "ocigen @ -- id | caps-apply --cap-add=CAP_NET_ADMIN | seccomp-apply"),
    ("one less", "", "--cap-drop CAP_CHOWN -- id", "ocigen @ -- id | caps-apply --cap-drop=CAP_CHOWN | seccomp-apply"),
    ("one more, one less", "", "--cap-add CAP_SYS_PTRACE --cap-drop CAP_KILL -- id",
     "ocigen @ -- id | caps-apply --cap-add=CAP_SYS_PTRACE --cap-drop=CAP_KILL | seccomp-apply"),
    ("one that is there", "", "--cap-add CAP_CHOWN -- id", "ocigen @ -- id | caps-apply --cap-add=CAP_CHOWN | seccomp-apply"),
    ("none", "", "--cap-drop all -- id", "ocigen @ -- id | caps-apply --cap-drop=all | seccomp-apply"),
    ("short names", "--cap-add net_admin --cap-drop chown", "-- id",
     "ocigen @ -- id | caps-apply --cap-add=net_admin --cap-drop=chown | seccomp-apply"),
    ("none but one", "--cap-drop all --cap-add kill", "-- id", "ocigen @ -- id | caps-apply --cap-drop=all --cap-add=kill | seccomp-apply"),
    ("a user's", "", "--user alice --cap-add CAP_NET_ADMIN -- id",
     "ocigen @ -u alice -- id | caps-apply --cap-add=CAP_NET_ADMIN | seccomp-apply"),
    ("the filter follows", "", "--cap-add CAP_SYS_ADMIN -- id",
     "ocigen @ -- id | caps-apply --cap-add=CAP_SYS_ADMIN | seccomp-apply"),
    # ---- resources
    ("memory", "--memory 64m", "-- id", "ocigen @ -- id | resources-apply --memory=64m"),
    ("memory and swap", "--memory 64m --memory-swap 128m", "-- id",
     "ocigen @ -- id | resources-apply --memory=64m --memory-swap=128m"),
    ("any swap", "--memory 64m --memory-swap -1", "-- id", "ocigen @ -- id | resources-apply --memory=64m --memory-swap=-1"),
    ("a fraction", "--memory 1.5g", "-- id", "ocigen @ -- id | resources-apply --memory=1.5g"),
    ("shares", "--cpu-shares 512", "-- id", "ocigen @ -- id | resources-apply --cpu-shares=512"),
    ("period and quota", "--cpu-period 50000 --cpu-quota 25000", "-- id",
     "ocigen @ -- id | resources-apply --cpu-period=50000 --cpu-quota=25000"),
    ("processors", "--cpuset-cpus 0 --cpuset-mems 0", "-- id",
     "ocigen @ -- id | resources-apply --cpuset-cpus=0 --cpuset-mems=0"),
    ("a limit", "--ulimit nofile=100:200", "-- id", "ocigen @ -- id | resources-apply --ulimit=nofile=100:200"),
    ("limits", "--ulimit core=0 --ulimit nproc=50 --ulimit nofile=64", "-- id",
     "ocigen @ -- id | resources-apply --ulimit=core=0 --ulimit=nproc=50 --ulimit=nofile=64"),
    ("cgroup parent", "--cgroup-parent /builds", "-- id", "ocigen @ -- id | resources-apply --cgroup-parent=/builds"),
    # ---- devices
    ("device", "--device /dev/full", "-- id", "ocigen @ -- id | devices-apply --device=/dev/full"),
    ("device elsewhere, read-only", "--device /dev/zero:/dev/naught:r", "-- id",
     "ocigen @ -- id | devices-apply --device=/dev/zero:/dev/naught:r"),
    # ---- mounts
    ("volume", "", "-v SOURCE:/mnt -- id", "ocigen @ -- id | mounts-apply -v SOURCE:/mnt"),
    ("read-only volume", "", "-v SOURCE:/mnt:ro -- id", "ocigen @ -- id | mounts-apply -v SOURCE:/mnt:ro"),
    ("volume with options", "", "-v SOURCE:/mnt:ro,nosuid,nodev,noexec,rslave -- id",
     "ocigen @ -- id | mounts-apply -v SOURCE:/mnt:ro,nosuid,nodev,noexec,rslave"),
    ("volume of the container", "-v SOURCE:/data:ro", "-- id", "ocigen @ -- id | mounts-apply -v SOURCE:/data:ro"),
    ("volumes in each other", "", "-v SOURCE:/mnt/a/b -v SOURCE:/mnt -- id",
     "ocigen @ -- id | mounts-apply -v SOURCE:/mnt/a/b -v SOURCE:/mnt"),
    ("bind mount", "", "--mount type=bind,source=SOURCE,target=/mnt -- id",
     "ocigen @ -- id | mounts-apply --mount type=bind,source=SOURCE,target=/mnt"),
    ("tmpfs", "", "--mount type=tmpfs,target=/scratch,tmpfs-size=1m -- id",
     "ocigen @ -- id | mounts-apply --mount type=tmpfs,target=/scratch,tmpfs-size=1m"),
    ("no hosts", "", "--no-hosts -- id", "ocigen @ -- id | mounts-apply --no-hosts"),
    ("over a generated file", "", "-v SOURCE/file:/etc/hosts:ro -- id",
     "ocigen @ -- id | mounts-apply -v SOURCE/file:/etc/hosts:ro"),
    ("shared memory", "--shm-size 8m", "-- id", "ocigen @ -- id | mounts-apply --shm-size=8m"),
]

# What a step is given of the host: each for a container with the host's ids and for one
# with ids of its own.
GIVEN = [
    ("volume", "-v SOURCE:/mnt"),
    ("volume, read-only", "-v SOURCE:/mnt:ro"),
    ("volume, writable", "-v SOURCE:/mnt:rw"),
    ("volume of a file", "-v SOURCE/file:/mnt/file"),
    ("volume on a file that is there", "-v SOURCE/file:/etc/passwd:ro"),
    ("volume, shared label", "-v SOURCE:/mnt:z"),
    ("volume, own label", "-v SOURCE:/mnt:Z"),
    ("volume, its owner changed", "-v SOURCE:/mnt:U"),
    ("volume, an overlay", "-v SOURCE:/mnt:O"),
    ("volume, slave", "-v SOURCE:/mnt:slave"),
    ("volume, rslave", "-v SOURCE:/mnt:rslave"),
    ("volume, rprivate", "-v SOURCE:/mnt:rprivate"),
    ("volume, nosuid, nodev, noexec", "-v SOURCE:/mnt:nosuid,nodev,noexec"),
    ("two volumes", "-v SOURCE:/mnt -v SOURCE:/srv:ro"),
    ("one volume in another", "-v SOURCE:/mnt -v SOURCE:/mnt/inner"),
    ("bind", "--mount type=bind,source=SOURCE,target=/mnt"),
    ("bind, other words", "--mount type=bind,src=SOURCE,dst=/mnt,ro"),
    ("bind, and others still", "--mount type=bind,src=SOURCE,destination=/mnt,readonly=true"),
    ("bind, propagation", "--mount type=bind,src=SOURCE,target=/mnt,bind-propagation=rslave"),
    ("bind, its owner changed", "--mount type=bind,src=SOURCE,target=/mnt,U=true"),
    ("bind, not recursive", "--mount type=bind,src=SOURCE,target=/mnt,bind-nonrecursive"),
    ("tmpfs", "--mount type=tmpfs,target=/mnt"),
    ("tmpfs, size and mode", "--mount type=tmpfs,target=/mnt,tmpfs-size=1m,tmpfs-mode=1770"),
    ("tmpfs, read-only", "--mount type=tmpfs,target=/mnt,ro"),
    ("tmpfs, copied up", "--mount type=tmpfs,target=/mnt,tmpcopyup"),
    ("tmpfs and a volume in it", "--mount type=tmpfs,target=/mnt -v SOURCE:/mnt/inner"),
]
IDS = "--userns-uid-map 0:100000:65536 --userns-gid-map 0:100000:65536"
MAPS = "--uidmap=0:100000:65536 --gidmap=0:100000:65536"
REQUESTS += [("given: " + name, "", options + " -- id", "ocigen @ -- id | mounts-apply " + options)
             for name, options in GIVEN]
REQUESTS += [("given, ids mapped: " + name, IDS, options + " -- id",
              "ocigen @ -- id | idmap-apply %s | mounts-apply %s" % (MAPS, options)) for name, options in GIVEN]

# Volumes of an image; what the step is given besides.
VOLUMES = [
    ("one", "/data", ""),
    ("two", "/data /srv", ""),
    ("one in another", "/data/inner /data", ""),
    ("that is not there", "/not/there/yet", ""),
    ("that is not empty", "/etc", ""),
    ("with a mode of its own", "/tmp", ""),
    ("and a volume elsewhere", "/data", "-v SOURCE:/mnt"),
    ("and a volume in its place", "/data", "-v SOURCE:/data"),
    ("and a volume in it", "/data", "-v SOURCE:/data/inner"),
    ("in a volume", "/mnt/inner", "-v SOURCE:/mnt"),
    ("and a bind mount", "/data", "--mount type=bind,source=SOURCE,target=/mnt"),
    ("and a tmpfs", "/data", "--mount type=tmpfs,target=/scratch"),
    ("and a tmpfs in its place", "/data", "--mount type=tmpfs,target=/data"),
    ("in /dev and /sys", "/dev/data /sys/data", ""),
    ("at special places", "/dev /sys /etc/hosts", ""),
    ("in a directory above special places", "/run", ""),
    ("that is spelt with more slashes", "/data/", ""),
]
for name, volumes, options in VOLUMES:
    image = {"Volumes": {volume: {} for volume in volumes.split()}}
    config = "config: " + " ".join("--volume " + volume for volume in volumes.split())
    for ids, maps in ("", ""), (IDS, " | idmap-apply " + MAPS):
        REQUESTS.append((("image volumes, ids mapped: " if ids else "image volumes: ") + name, (ids + " " + config).strip(),
                         options + " -- id", "ocigen @ --image-config=IMAGE -- id%s | mounts-apply --image-volumes %s" % (
                             maps, options), {}, image))

# Caches, as far as buildah 1.28 knows them in `buildah run`.
CACHES = [
    ("one", "target=/mnt"),
    ("with an id", "target=/mnt,id=x"),
    ("with all that it can have", "target=/mnt,id=x,mode=0700,uid=5,gid=6"),
    ("read-only", "target=/mnt,ro"),
    ("by other words", "dst=/mnt,readonly"),
    ("locked", "target=/mnt,sharing=locked"),
    ("shared", "target=/mnt,sharing=shared"),
    ("of two", "target=/mnt --mount type=cache,target=/srv,id=y"),
    ("nosuid, nodev, noexec", "target=/mnt,nosuid,nodev,noexec"),
    ("of a mode that is not octal to the eye", "target=/mnt,mode=700"),
]
for name, words in CACHES:
    for ids, maps in ("", ""), (IDS, " | idmap-apply " + MAPS):
        options = "--mount type=cache," + words
        REQUESTS.append((("cache, ids mapped: " if ids else "cache: ") + name, ids, options + " -- id",
                         "ocigen @ -- id%s | mounts-apply %s" % (maps, options)))

# What the generated files say, told in the same way.
SAID = [
    ("nothing", "", "", ""),
    ("a host name", "", "--hostname box", "ns-apply --hostname=box"),
    ("hosts", "--add-host one:192.0.2.7 --add-host two:2001:db8::7", "", "mounts-apply --add-host=one:192.0.2.7 --add-host=two:2001:db8::7"),
    ("name servers", "--dns 192.0.2.53 --dns 192.0.2.54", "", "mounts-apply --dns=192.0.2.53 --dns=192.0.2.54"),
    ("search domains", "--dns 192.0.2.53 --dns-search example.com --dns-search example.org", "",
     "mounts-apply --dns=192.0.2.53 --dns-search=example.com --dns-search=example.org"),
    ("resolver options", "--dns 192.0.2.53 --dns-option ndots:2 --dns-option debug", "",
     "mounts-apply --dns=192.0.2.53 --dns-option=ndots:2 --dns-option=debug"),
    ("the host's network", "", "--network host", "ns-apply --network=host"),
]
GENERATED = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv")
for name, made, ran, command in SAID:
    for ids, maps in ("", ""), (IDS, " | idmap-apply " + MAPS):
        REQUESTS.append((("said, ids mapped: " if ids else "said: ") + name, (made + " " + ids).strip(), ran + " -- id",
                         "ocigen @:noidmap -- id%s%s | mounts-apply" % (maps, " | " + command if command else "")))

OLD = "1.28"  # it and the reference differ, not the reference and us
ANY = r".*"
BOUND = r"mounts\[(/mnt|/mnt/a/b|/mnt/file|/mnt/inner|/srv|/data|/data/inner|/etc/hosts|/etc/passwd)\]"
MADE = r"mounts\[(/etc/hosts|/etc/hostname|/etc/resolv\.conf|/run/\.containerenv)\]"
VOLUME = r"mounts\[(/data|/data/inner|/srv|/mnt/inner|/not/there/yet|/etc|/tmp|/dev/data|/sys/data|/run)\]"
OLD_CAPABILITIES = r"\[CAP_(AUDIT_WRITE|MKNOD|NET_RAW)\]"

# What differs, and the reason, which man/ocipipe-buildah.7 has: a behaviour's number, or
# that buildah is an older one.  "-" is before what buildah alone has, "+" what we alone have.
# A third text: only in requests that have it in their names.
DIFFERENCES = [
    (r"-linux\.sysctl\.net\.ipv4\.ping_group_range=" + ANY, "B007"),
    (r"\+linux\.namespaces\[cgroup\]={}", "B007"),
    (r"[-+]ociVersion=" + ANY, "B016"),
    (r"[-+]process\.args=" + ANY + r"/cat\"\]", "B025"),
    (r"\+process\.env\[TERM\]=\"xterm\"", "B028"),
    (r"-process\.env\[HOSTNAME\]=\"\"", "B033"),
    (r"[-+]process\.user\.additionalGids=\[2(, 1005)?\]", "B047"),
    (r"-process\.rlimits\[RLIMIT_(NOFILE|NPROC)\]={\"hard\": (1024|\d{5,}), \"soft\": \d+}", "B057"),
    (r"-process\.capabilities\.ambient" + ANY, "B066"),
    (r"-hostname=\"[0-9a-f]{12}\"", "B075"),
    (r"-/etc/hostname: [0-9a-f]{12}", "B075"),
    (r"\+/etc/hostname: ocipipe-[0-9a-f]{12}", "B075"),
    (r"-process\.env\[HOSTNAME\]=\"[0-9a-f]{12}\"", "B075"),
    (r"-linux\.cgroupsPath=\"/builds\"", "B099"),
    (r"\+linux\.maskedPaths\[(/proc/interrupts|/sys/dev/block)\]" + ANY, "B106"),
    (r"-mounts\[/sys/fs/cgroup\]\.(rprivate|rw)=true", "B117"),
    (r"\+mounts\[/sys/fs/cgroup\]\.ro=true", "B117"),
    (r"\+mounts\[/dev/(mqueue|shm)\]\.(rprivate|rw)=true", "B120"),
    (r"-mounts\[/dev/shm\]\.private=true", "B122"),
    (r"[-+]mounts\[/dev/shm\]\.size=(8m|8388608)=true", "B123"),
    (r"-" + MADE + r"\.(rbind=true|source=.*/buildah\d+/.*)", "B125"),
    (r"\+" + MADE + r"\.(bind=true|(r?private|nosuid|nodev|noexec|rw)=true|source=\"files/.*)", "B125"),
    (r"-(" + BOUND + r"|mounts\[/scratch\])\.private=true", "B134"),
    (r"\+" + BOUND + r"\.rprivate=true", "B134"),
    (r"-mounts\[/mnt\]\.[zZU]=true", "B135"),
    (r"-" + BOUND + r"\.=true", "B139"),
    (r"-mounts\[/mnt\]\.(lowerdir|upperdir|workdir)=" + ANY, "B141"),
    (r"[-+]mounts\[/mnt\]\.source=\"(overlay|.*/overlay/\d+/merge)\"", "B141"),
    (r"\+mounts\[/mnt\]\.rw=true", "B144"),
    (r"-mounts\[/mnt\]\.rbind=true", "B162"),
    (r"[-+]mounts\[(/scratch|/mnt)\]\.size=(1m|1048576)=true", "B170"),
    (r"[-+]mounts\[/(dev|sys)\]\.(bind|nosuid|nodev|noexec|ro|strictatime|mode=755|size=65536k)=true", "B109",
     "at special places"),
    (r"[-+]mounts\[/(dev|sys)\]\.(type=.*|source=\"(tmpfs|sysfs|.*/buildah-bind-target-\d+)\")", "B109", "at special places"),
    (r"[-+]mounts\[/data/?\]\.(bind=true|type=\"bind\"|source=\".*/buildah-bind-target-\d+\")", "B126", "more slashes"),
    (r"\+" + VOLUME + r"\.((private|rw)=true|source=\"volume\")", "B129", "image volumes"),
    (r"-" + VOLUME + r"\.source=.*/buildah-bind-target-\d+\"", "B280", "image volumes"),
    (r"[-+]mounts\[/data\]\.(r?bind=true|type=\"(bind|tmpfs)\"|source=\"tmpfs\")", OLD, "in its place"),
    (r"\+mounts\[(/mnt|/srv)\]\.source=\"cache\"", "B172", "cache"),
    (r"-mounts\[(/mnt|/srv)\]\.(bind|shared)=true", "B182", "cache"),
    (r"[-+]/run/\.containerenv: (engine|id|image|imageid|name)=" + ANY, "B273"),
    (r"-root\.path=.*/buildah\d+/mnt/rootfs\"", "B279"),
    (r"\+root\.path=.*/rootfs\"", "B279"),
    (r"-" + BOUND + r"\.source=.*/buildah-bind-target-\d+\"", "B280"),
    (r"\+" + BOUND + r"\.source=.*/source(/file)?\"", "B280"),
    (r"-process\.capabilities\.(bounding|effective|permitted)" + OLD_CAPABILITIES + ANY, OLD),
    (r"[-+]linux\.seccomp\[socket\]=" + ANY, OLD),
    (r"[-+]/etc/hosts: \S+\thost\.containers\.internal( host\.docker\.internal)?", OLD),
    (r"\+/etc/hosts: \S+\tocipipe-[0-9a-f]{12}", OLD),
    (r"-linux\.maskedPaths\[/sys/dev\]=true", OLD),
    (r"\+linux\.maskedPaths\[(/sys/devices/virtual/powercap)\]=true", OLD),
    (r"-mounts\[/dev\]\.noexec=true", OLD),
    (r"\+process\.env\[OURS(_TOO)?\]=" + ANY, OLD),
]


def flatten(document):
    """A document as a set of lines; entries of lists by what identifies them."""
    lines = set()

    def add(place, value):
        lines.add("%s=%s" % (place, json.dumps(value, sort_keys=True)))

    def walk(value, place):
        if isinstance(value, dict) and place != "files":
            for name, inner in value.items():
                walk(inner, place + "." + name if place else name)
        elif place == "process.env":
            for entry in value:
                name, _, text = entry.partition("=")
                add("process.env[%s]" % name, text)
        elif place.startswith("process.capabilities.") or place in ("linux.maskedPaths", "linux.readonlyPaths"):
            for entry in value:
                add("%s[%s]" % (place, entry), True)
        elif place in ("linux.namespaces", "process.rlimits"):
            for entry in value:
                add("%s[%s]" % (place, entry["type"]), {k: v for k, v in entry.items() if k != "type"})
        elif place == "mounts":
            for mount in value:
                at = "mounts[%s]" % mount["destination"]
                add(at + ".type", mount.get("type"))
                add(at + ".source", mount.get("source"))
                for option in mount.get("options", []):
                    add("%s.%s" % (at, option), True)
        elif place == "linux.seccomp.syscalls":
            for rule in value:
                for name in rule["names"]:
                    rest = {k: v for k, v in rule.items() if k != "names" and v}
                    for arg in rest.get("args", []):
                        if not arg.get("valueTwo"):
                            arg.pop("valueTwo", None)
                    add("linux.seccomp[%s]" % name, rest)
        elif place == "files":
            for name, text in value.items():
                for line in text:
                    lines.add("%s: %s" % (name, line))
        elif value not in ([], {}):
            add(place, value)

    walk({k: v for k, v in document.items() if k != "ocipipe"}, "")
    return lines


def parents_first(document):
    """Is every mount behind those that it lies in?"""
    seen = []
    for mount in document["mounts"]:
        for other in seen:
            if other.startswith(mount["destination"].rstrip("/") + "/"):
                return False
        seen.append(mount["destination"])
    return True


class Failed(Exception):
    pass


class Sandbox:
    """Storage, the root filesystem and the stand-in runtime, in one directory."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.rootfs = self.directory + "/rootfs"
        self.kept = self.directory + "/kept.json"
        self.image = self.directory + "/image.json"
        self.source = self.directory + "/source"
        os.makedirs(self.source, exist_ok=True)
        open(self.source + "/file", "w").close()
        with open(self.directory + "/runtime", "w") as f:
            f.write(RUNTIME % self.kept)
            os.fchmod(f.fileno(), 0o755)
        open(self.directory + "/containers.conf", "w").close()
        self.env = dict(os.environ, CONTAINERS_CONF=self.directory + "/containers.conf",
                        TMPDIR=self.directory, OURS="ours", OURS_TOO="x y")
        for name in list(self.env):
            if name.lower().endswith("_proxy") or name in ("ABSENT", "BUILDAH_ISOLATION"):
                del self.env[name]
        base = self.buildah("from", "scratch").strip()
        self.buildah("copy", "-q", base, self.rootfs, "/")
        self.buildah("commit", "-q", base, "base")
        self.containers = {}

    def buildah(self, *args, env=None, check=True):
        command = ["buildah", "--storage-driver", "vfs", "--root", self.directory + "/storage", "--runroot", self.directory + "/run"]
        run = subprocess.run(command + list(args), env=dict(self.env, **(env or {})), text=True,
                             stdin=subprocess.DEVNULL, capture_output=True)
        if check and run.returncode:
            raise Failed("buildah %s: %s" % (" ".join(args), run.stderr))
        return run.stdout if check else run.stderr

    def words(self, text):
        return shlex.split(self.named(text))

    def named(self, text):
        text = text.replace("@", "--rootfs=" + self.rootfs, 1).replace("IMAGE", self.image)
        return text.replace("SOURCE", self.source).replace("NAMESPACES", "/proc/%d/ns" % os.getpid())

    def container(self, made, env):
        """The container that is made so; most requests share one."""
        key = made + json.dumps(env)
        made, configured, config = made.partition("config: ")
        if not key in self.containers:
            name = self.buildah("from", *self.words(made), "base", env=env).strip()
            if configured:
                self.buildah("config", *self.words(config), name)
            self.containers[key] = name
        return self.containers[key]

    def theirs(self, made, ran, env):
        if os.path.exists(self.kept):
            os.unlink(self.kept)
        options, _, command = (" " + ran).partition(" -- ")
        told = self.buildah("run", "--isolation", "oci", "--runtime", self.directory + "/runtime",
                            *self.words(options), self.container(made, env), "--", *self.words(command),
                            env=env, check=False)
        if not os.path.exists(self.kept):
            raise Failed("buildah made no configuration: %s" % told)
        with open(self.kept) as f:
            return self.with_files(json.load(f), lambda name: self.directory + "/kept" + name)

    def with_files(self, document, place):
        """The document, with what its generated files say."""
        document["files"] = {}
        for mount in document["mounts"]:
            name = mount["destination"]
            if name in GENERATED and os.path.exists(place(name)):
                with open(place(name)) as f:
                    document["files"][name] = sorted(f.read().splitlines())
        return document

    def prepared(self, command, env):
        """What our files say: the bundle that ocirun would make."""
        bundle = self.directory + "/bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        os.mkdir(bundle)
        run = subprocess.run(["sh", "-c", command + " | ocirun --prepare-only --bundle=" + bundle], env=env, text=True,
                             capture_output=True)
        if run.returncode:
            raise Failed("%s: %s" % (command, run.stderr))
        return lambda name: bundle + "/files/" + os.path.basename(name).lstrip(".")

    def ours(self, command, env, config, said):
        if config:
            with open(self.image, "w") as f:
                json.dump({"config": config}, f)
        command = self.named(command)
        run = subprocess.run(["sh", "-c", command], env=dict(self.env, **env), text=True, capture_output=True)
        if run.returncode or not run.stdout:
            raise Failed("%s: %s" % (command, run.stderr))
        document = json.loads(run.stdout)
        if not said:
            return document
        return self.with_files(document, self.prepared(command, dict(self.env, **env)))


# Keeps the configuration that it is to create a container of, and fails: nothing runs.
RUNTIME = """#!/bin/sh
kept='%s'
while [ $# -gt 0 ]; do
	[ "$1" != --bundle ] || cp "$2/config.json" "$kept"
	shift
done
mkdir -p "${kept%%.json}/etc" "${kept%%.json}/run"
jq -r '.mounts[] | select(.destination | test("^/etc/(hosts|hostname|resolv.conf)$|^/run/.containerenv$")) |
	.destination + " " + .source' "$kept" |
while read -r name source; do
	cp "$source" "${kept%%.json}$name"
done
exit 1
"""


def main():
    if sys.argv[1:] == ["--reasons"]:
        print("\n".join(sorted({reason for _, reason, *_ in DIFFERENCES})))
        return
    verbose = "-v" in sys.argv
    directory, *text = [a for a in sys.argv[1:] if a != "-v"]
    sandbox = Sandbox(directory)
    # Other versions, and hosts with another cgroup hierarchy, differ in less.
    unused = {p: r for p, r, *_ in DIFFERENCES if r != OLD and "cgroup]={}" not in p}
    bad = 0
    for name, made, ran, command, *more in REQUESTS:
        if text and not all(t in name for t in text):
            continue
        env = more[0] if more else {}
        try:
            theirs = sandbox.theirs(made, ran, env)
            said = name.startswith("said")
            ours = sandbox.ours(command, env, more[1] if len(more) > 1 else None, said)
            if not said:
                del theirs["files"]
        except Failed as failed:
            print("%s: %s" % (name, str(failed).strip()))
            bad += 1
            continue
        lines = ["-" + line for line in sorted(flatten(theirs) - flatten(ours))]
        lines += ["+" + line for line in sorted(flatten(ours) - flatten(theirs))]
        lines += ["a mount hides one before it"] * (not parents_first(ours))
        for line in lines:
            reasons = [(pattern, reason) for pattern, reason, *only in DIFFERENCES
                       if all(o in name for o in only) and re.match(pattern + "$", line)]
            if verbose:
                print("%-24s %-6s %s" % (name, reasons[0][1] if reasons else "?", line))
            for pattern, _ in reasons:
                unused.pop(pattern, None)
            if not reasons:
                bad += 1
                if not verbose:
                    print("%s: %s" % (name, line))
    if unused and not text:
        bad += 1
        print("nothing differs so any more: %s" % unused)
    print("%d requests, %d unexplained" % (len(REQUESTS), bad))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
