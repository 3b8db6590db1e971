#!/usr/bin/env python3
"""wrongtypes.py [--all] [TEXT] - every wrong type at every pointer, into every filter

One document has every property of the runtime-spec.  For each of its pointers
and each value below, the document with that value there goes into each filter
that owns or reads the pointer, and into ocirun.  What must come of it is what the
official JSON schema says; and, because that is laxer than runtimes and the
kernel, STRICTER.  Where the schema has a closed list of words, each of them is
tried, and a slip of it.  A wrong value is an error that names the pointer, with nothing
on standard output; a right one passes.  Without --all a sample is run, the same
each time.  TEXT: only the cases whose name has it.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import ocischema

BIN = os.environ.get("BIN", os.path.join(ocischema.HERE, "..", "build"))
SAMPLE = 3  # one case in so many
FAILED = {"ocirun": 125}

VALUES = ["null", "true", "0", "-1", "1.5", '""', "[]", "{}", '"x"', "4294967296", "18446744073709551616"]
NUMBERS = ["2147483647", "2147483648", "4294967295", "9007199254740993", "9223372036854775807",
           "9223372036854775808", "18446744073709551615", "-9223372036854775808", "1e3", "1.0", "-0", "1e999"]

HOOK = {"path": "/bin/true", "args": ["true"], "env": ["A=1"], "timeout": 5}
MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]
RATE = [{"major": 8, "minor": 0, "rate": 1048576}]
CAPS = ["CAP_CHOWN"]

DOCUMENT = {
    "ociVersion": "1.0.2",
    "process": {
        "terminal": False,
        "consoleSize": {"height": 24, "width": 80},
        "user": {"uid": 0, "gid": 0, "umask": 18, "additionalGids": [5]},
        "args": ["true"],
        "env": ["PATH=/bin", "HOSTNAME=box"],
        "cwd": "/",
        "capabilities": {"bounding": CAPS, "effective": CAPS, "inheritable": CAPS, "permitted": CAPS,
                         "ambient": CAPS},
        "rlimits": [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 0}],
        "noNewPrivileges": True,
        "apparmorProfile": "a",
        "oomScoreAdj": 100,
        "scheduler": {"policy": "SCHED_OTHER", "nice": 1, "priority": 0, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
                      "runtime": 0, "deadline": 0, "period": 0},
        "selinuxLabel": "a",
        "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 4},
        "execCPUAffinity": {"initial": "0", "final": "0-1"},
    },
    "root": {"path": "/nonexistent", "readonly": False},
    "hostname": "box",
    "domainname": "home",
    "mounts": [{"destination": "/data", "type": "bind", "source": "/usr", "options": ["bind", "ro"],
                "uidMappings": MAPS, "gidMappings": MAPS}],
    "hooks": {stage: [HOOK] for stage in ("prestart", "createRuntime", "createContainer", "startContainer",
                                          "poststart", "poststop")},
    "annotations": {"a": "b"},
    "linux": {
        "uidMappings": MAPS,
        "gidMappings": MAPS,
        "sysctl": {"net.ipv4.ip_forward": "0"},
        "resources": {
            "devices": [{"allow": False, "type": "c", "major": 1, "minor": 3, "access": "rwm"}],
            "memory": {"limit": -1, "reservation": -1, "swap": -1, "kernel": -1, "kernelTCP": -1, "swappiness": 60,
                       "disableOOMKiller": False, "useHierarchy": True, "checkBeforeUpdate": False},
            "cpu": {"shares": 1024, "quota": 100000, "burst": 0, "period": 100000, "realtimeRuntime": 0,
                    "realtimePeriod": 1000000, "cpus": "0", "mems": "0", "idle": 0},
            "pids": {"limit": 100},
            "blockIO": {"weight": 100, "leafWeight": 100,
                        "weightDevice": [{"major": 8, "minor": 0, "weight": 100, "leafWeight": 100}],
                        "throttleReadBpsDevice": RATE, "throttleWriteBpsDevice": RATE,
                        "throttleReadIOPSDevice": RATE, "throttleWriteIOPSDevice": RATE},
            "hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}],
            "network": {"classID": 1, "priorities": [{"name": "lo", "priority": 1}]},
            "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10}},
            "unified": {"memory.high": "1"},
        },
        "cgroupsPath": "/a",
        "namespaces": [{"type": "uts", "path": "/proc/self/ns/uts"}, {"type": "user"}, {"type": "network"},
                       {"type": "ipc"}, {"type": "mount"}, {"type": "time"}, {"type": "pid"}],
        "devices": [{"path": "/dev/a", "type": "c", "major": 1, "minor": 3, "fileMode": 438, "uid": 0, "gid": 0}],
        "netDevices": {"eth5": {"name": "eth0"}},
        "seccomp": {
            "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
            "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/a", "listenerMetadata": "a",
            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                          "args": [{"index": 0, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]}],
        },
        "rootfsPropagation": "private",
        "maskedPaths": ["/proc/kcore"],
        "readonlyPaths": ["/proc/sys"],
        "mountLabel": "a",
        "intelRdt": {"closID": "a", "schemata": ["L3:0=f"], "l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=50",
                     "enableMonitoring": False},
        "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]},
        "personality": {"domain": "LINUX", "flags": ["a"]},
        "timeOffsets": {"monotonic": {"secs": 1, "nanosecs": 1}, "boottime": {"secs": 1, "nanosecs": 1}},
    },
    "ocipipe": {
        "version": 1,
        "network": {"mode": "private", "options": ["a"]},
        "cgroup": {"parent": "/a"},
        "inputs": ["a"],
        "prepare": [{"step": "file", "kind": "hosts", "path": "files/hosts", "mount": "/data"}],
    },
}

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
FILLED = {"type": "string", "pattern": "."}
OCIPIPE = {
    "type": "object",
    "required": ["version"],
    "properties": {
        "version": {"type": "integer", "enum": [1]},
        "network": {"type": "object", "required": ["mode"],
                    "properties": {"mode": {"type": "string", "pattern": "^private$"}, "options": STRINGS}},
        "cgroup": {"type": "object", "properties": {"parent": FILLED}},
        "inputs": {"type": "array", "items": FILLED},
        "prepare": {"type": "array", "items": {
            "type": "object", "required": ["step", "kind", "path", "mount"],
            "properties": {"step": {"type": "string", "enum": ["file"]},
                           "kind": {"type": "string", "enum": ["hosts"]},
                           "path": FILLED, "mount": {"type": "string", "pattern": "^/"}}}},
    },
}


def between(low, high):
    return lambda value: not isinstance(value, int) or low <= value <= high


def absolute(value):
    return not isinstance(value, str) or value.startswith("/")


def never(_):
    return False


# Pointers, and what is right there besides being valid.
STRICTER = [
    ("/root/path", lambda v: v != ""),
    ("/ociVersion|/process/env/.|/process/capabilities/.*/0", lambda v: v not in ("", "x")),
    ("/process/cwd|/mounts/0/destination|/linux/(masked|readonly)Paths/0|/hooks/.*/path", absolute),
    ("/linux/namespaces/./path|/linux/devices/0/path", absolute),
    # (uid_t)-1 means "no change" to the kernel
    (".*/(uid|gid|containerID|hostID)|/process/user/additionalGids/0", between(0, 2**32 - 2)),
    (".*Mappings/0/size", between(1, 2**32 - 1)),
    ("/process/user/umask", between(0, 0o777)),
    ("/process/consoleSize/.*", between(0, 2**16 - 1)),
    ("/process/oomScoreAdj", between(-1000, 1000)),
    ("/process/scheduler/nice", between(-20, 19)),
    ("/process/scheduler/priority", between(0, 99)),
    ("/process/ioPriority/priority", between(0, 7)),
    ("/hooks/.*/timeout", between(1, 2**31 - 1)),
    # -1 is unlimited
    ("/linux/resources/(memory/(limit|reservation|swap|kernel.*)|cpu/(quota|realtimeRuntime)|pids/limit)",
     between(-1, 2**63 - 1)),
    ("/linux/resources/memory/swappiness", between(0, 100)),
    ("/linux/resources/cpu/idle", between(0, 1)),
    # what the kernel's dev_t holds; -1 is any device in a rule
    ("/linux/resources/devices/0/major", between(-1, 4095)),
    ("/linux/resources/devices/0/minor", between(-1, 2**20 - 1)),
    ("/linux/(devices|resources/blockIO)/.*major", between(0, 4095)),
    ("/linux/(devices|resources/blockIO)/.*minor", between(0, 2**20 - 1)),
    ("/linux/resources/devices/0/(type|access)", lambda v: v not in ("", "x")),
    # 16 bits of a filter's result
    ("/linux/seccomp/.*rrnoRet", between(0, 2**16 - 1)),
    ("/linux/seccomp/.*/index", between(0, 5)),
    ("/linux/netDevices/.*/name", lambda v: v != ""),
    ("/linux/memoryPolicy/nodes", lambda v: v != "x"),
    ("/linux/timeOffsets/.*/nanosecs", between(0, 999999999)),
    # required by the text of the runtime-spec
    ("/linux/(memoryPolicy|personality)", lambda v: v != {}),
]

# At the end of a pipe more is required; in the middle less, a later stage may add it.
AT_THE_END = [
    ("/process/args", lambda v: v != []),
    ("/process/user|/process", lambda v: v != {}),
]
IN_THE_MIDDLE = [("/process|/root", {})]

# Where what is right alone may be wrong together with other members, at the end of a pipe.
TOGETHER = ("/mounts|/mounts/0/(source|.idMappings)|/process/user/(uid|gid|additionalGids/0)|/process/capabilities/.*"
            "|/linux|/linux/(.idMappings.*|namespaces|seccomp/(listenerPath|defaultAction|syscalls/0/action))")

# Every word that could be there is in another entry.
ALL_TAKEN = "/linux/namespaces/*/type"


class Tool:
    def __init__(self, name):
        self.name = name
        about = json.loads(subprocess.run([os.path.join(BIN, name), "--introspect"], check=True,
                                          stdout=subprocess.PIPE).stdout)
        self.last = name == "ocirun"
        self.pointers = [""] if self.last else [p for p in about["owns"] + about.get("reads", []) if p]
        self.options = ["--base=-"] if about.get("makes") else []

    def looks_at(self, pointer):
        """Whether it checks what is at this pointer: a concrete one, without *."""
        own = False
        for owned in self.pointers:
            if owned.startswith("!"):
                if (pointer + "/").startswith(owned[1:] + "/"):
                    return False
                continue
            path, _, selector = owned.partition("[")
            if (pointer + "/").startswith(path + "/") and selected(pointer[len(path):], selector):
                own = True
        return own


def at(document, pointer):
    for token in pointer.split("/")[1:]:
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


def selected(below, selector):
    """Whether "/1/path" of a list is in the entries that "type=user]" selects."""
    if not selector or not below:
        return True
    if selector.endswith("=]"):
        return DOCUMENT["process"]["env"][int(below[1:])].startswith(selector[:-1])
    name, _, value = selector[:-1].partition("=")
    entry = DOCUMENT["linux"]["namespaces"][int(below.split("/")[1])]
    return (entry[name.rstrip("!")] == value) != name.endswith("!")


@functools.lru_cache(maxsize=None)
def valid(schema, text):
    return schema.problem(json.loads(text)) is None


class Case:
    def __init__(self, tool, pointer, value, always=False):
        self.tool, self.pointer, self.raw, self.value = tool, pointer, value, json.loads(value)
        self.always = always

    def name(self):
        return "%s with %s at %s" % (self.tool.name, self.raw, self.pointer)

    def sampled(self):
        return self.always or hashlib.md5(self.name().encode()).digest()[0] % SAMPLE == 0

    def document(self):
        document = json.loads(json.dumps(DOCUMENT))  # no part of it is shared
        parent, _, last = self.pointer.rpartition("/")
        parent = at(document, parent)
        parent[int(last) if isinstance(parent, list) else last] = "@VALUE@"
        return json.dumps(document).replace('"@VALUE@"', self.raw)

    def allowed(self, rules):
        return all(right(self.value) for pattern, right in rules if re.fullmatch(pattern, self.pointer))

    def right(self, schema):
        if not self.tool.last:
            if any(self.value == value for pattern, value in IN_THE_MIDDLE if re.fullmatch(pattern, self.pointer)):
                return True
            # no longer one of its entries
            if self.tool.name == "idmap-apply" and re.fullmatch("/linux/namespaces/./type", self.pointer) \
                    and isinstance(self.value, str):
                return True
            if self.tool.name == "ns-apply" and self.pointer == "/process/env/1" and isinstance(self.value, str):
                return True
        elif not self.allowed(AT_THE_END):
            return False
        if self.raw == "-0" or not self.allowed(STRICTER):
            return False
        return valid(schema, self.document())

    def run(self, right, directory):
        """What went wrong, or None."""
        words = [os.path.join(BIN, self.tool.name)] + self.tool.options
        place = os.path.join(directory, hashlib.md5(self.name().encode()).hexdigest())
        if self.tool.last:
            words += ["--runtime=runc", "--run-root=" + place, "--data-root=" + place + ".data"] + ["--dry-run"] * right
        done = subprocess.run(words, input=self.document().encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        message = done.stderr.decode(errors="replace")
        if right:
            together = self.tool.last and re.fullmatch(TOGETHER, self.pointer) and done.returncode == 125
            return None if done.returncode == 0 or together else "refuses it: " + message
        if done.returncode != FAILED.get(self.tool.name, 1):
            return "exits with %d: %s" % (done.returncode, message)
        if done.stdout:
            return "writes a document all the same"
        if os.path.exists(place) or os.path.exists(place + ".data"):
            return "makes something all the same"
        if not re.match(re.escape("%s: %s" % (self.tool.name, self.pointer)) + "[:/]", message):
            return "does not name the place: " + message
        return None


def concrete(pointers):
    """The pointers of the document that the schema's, with "*" in them, stand for."""
    for pointer in pointers:
        found = [""]
        for token in pointer.split("/")[1:]:
            if token != "*":
                found = [f + "/" + token for f in found]
                continue
            below = []
            for f in found:
                value = at(DOCUMENT, f)
                below += [f + "/" + str(k) for k in (range(len(value)) if isinstance(value, list) else value)]
            found = below
        for f in found:
            try:
                at(DOCUMENT, f)
                yield f
            except KeyError:
                if "/namespaces/" not in f:
                    raise


def cases(schema):
    tools = [Tool(name) for name in sorted(os.listdir(BIN)) if re.fullmatch(r".*-apply|ocigen|ocirun", name)]
    nodes = dict(schema.nodes())
    for pattern in nodes:
        # numbers of any size where numbers belong
        values = VALUES + (NUMBERS if "minimum" in nodes[pattern] else [])
        words = nodes[pattern].get("enum", [])
        words = words * (pattern != ALL_TAKEN) + [str(word) + "X" for word in words]
        for pointer in concrete([pattern]) if pattern else []:
            for tool in tools:
                if tool.looks_at(pointer):
                    for value in values:
                        yield Case(tool, pointer, value)
                    for word in words:
                        yield Case(tool, pointer, json.dumps(word), True)


def main():
    arguments = sys.argv[1:]
    everything = arguments[:1] == ["--all"]
    text = arguments[everything] if len(arguments) > everything else ""
    schema = ocischema.load({"ocipipe": OCIPIPE})
    if not schema:
        print("no JSON schema: set $RUNTIME_SPEC_SCHEMA, and install python3-jsonschema")
        return 2
    if schema.problem(DOCUMENT):
        print("the document is wrong: " + schema.problem(DOCUMENT))
        return 1
    chosen = [c for c in cases(schema) if (everything or c.sampled()) and text in c.name()]
    failures = 0
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(case.run, case.right(schema), directory) for case in chosen]
        for case, run in zip(chosen, runs):
            failure = run.result()
            if failure:
                failures += 1
                print("%s: %s" % (case.name(), failure.rstrip()))
    print("%d cases, %d wrong" % (len(chosen), failures))
    return 1 if failures or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
