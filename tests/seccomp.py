#!/usr/bin/env python3
"""seccomp.py - what filters do, found without the code under test

seccomp.py meaning ARCH FILE BPF   the program does what the document FILE says
seccomp.py same A B                both documents do the same
seccomp.py buildah DIRECTORY       the default profile does what buildah's does, for each choice
                                   of capabilities; DIRECTORY is as for buildah.py
seccomp.py explain CAP...          --explain tells the truth about the default profile

"The document's meaning" is written down here anew from the runtime-spec; names and
numbers of system calls come from libseccomp; the program is run by the interpreter
below, as the kernel would.  Each prints how many cases it compared.
"""
import ctypes
import errno
import functools
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

SECCOMP = ctypes.CDLL("libseccomp.so.2")
SECCOMP.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
LIBC = ctypes.CDLL(None)

BE, WIDE = 1, 2
# SCMP_ARCH_: the short name, the kernel's AUDIT_ARCH_, what it is, what numbers start at
ARCHES = {
    "X86": ("x86", 0x40000003, 0, [0]),
    "X86_64": ("amd64", 0xC000003E, WIDE, [0]),
    "X32": ("x32", 0xC000003E, 0, [0x40000000]),
    "ARM": ("arm", 0x40000028, 0, [0, 0xF0000]),
    "AARCH64": ("arm64", 0xC00000B7, WIDE, [0]),
    "MIPS": ("mips", 0x00000008, BE, [4000]),
    "MIPS64": ("mips64", 0x80000008, BE | WIDE, [5000]),
    "MIPS64N32": ("mips64n32", 0xA0000008, BE, [6000]),
    "MIPSEL": ("mipsel", 0x40000008, 0, [4000]),
    "MIPSEL64": ("mipsel64", 0xC0000008, WIDE, [5000]),
    "MIPSEL64N32": ("mipsel64n32", 0xE0000008, 0, [6000]),
    "PPC64LE": ("ppc64le", 0xC0000015, WIDE, [0]),
    "RISCV64": ("riscv64", 0xC00000F3, WIDE, [0]),
    "S390": ("s390", 0x00000016, BE, [0]),
    "S390X": ("s390x", 0x80000016, BE | WIDE, [0]),
}
SHORT = {short: name for name, (short, *_) in ARCHES.items()}

ACTIONS = {
    "SCMP_ACT_KILL": 0, "SCMP_ACT_KILL_THREAD": 0, "SCMP_ACT_KILL_PROCESS": 0x80000000,
    "SCMP_ACT_TRAP": 0x00030000, "SCMP_ACT_ERRNO": 0x00050000, "SCMP_ACT_TRACE": 0x7FF00000,
    "SCMP_ACT_LOG": 0x7FFC0000, "SCMP_ACT_NOTIFY": 0x7FC00000, "SCMP_ACT_ALLOW": 0x7FFF0000,
}
NUMBERED = ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE")
OPERATORS = {
    "SCMP_CMP_NE": lambda a, v, w: a != v,
    "SCMP_CMP_LT": lambda a, v, w: a < v,
    "SCMP_CMP_LE": lambda a, v, w: a <= v,
    "SCMP_CMP_EQ": lambda a, v, w: a == v,
    "SCMP_CMP_GE": lambda a, v, w: a >= v,
    "SCMP_CMP_GT": lambda a, v, w: a > v,
    "SCMP_CMP_MASKED_EQ": lambda a, v, w: a & v == w,
}


# ---- names and numbers ------------------------------------------------------

def token(arch):
    """libseccomp's: the kernel's, but for x32, which has none of its own there."""
    return 0x4000003E if arch == "X32" else ARCHES[arch][1]


@functools.lru_cache(None)
def numbers(arch):
    """Every call of an architecture by its name."""
    found = {}
    for start in ARCHES[arch][3]:
        for n in range(start, start + 700):
            text = SECCOMP.seccomp_syscall_resolve_num_arch(ctypes.c_uint32(token(arch)), ctypes.c_int(n))
            if text:
                found[ctypes.string_at(text).decode()] = n
                LIBC.free(ctypes.c_void_p(text))
    return found


# ---- the kernel -------------------------------------------------------------

class Program:
    """A classic BPF program, run over struct seccomp_data."""

    def __init__(self, code, big):
        self.order = ">" if big else "<"
        self.code = [struct.unpack_from(self.order + "HBBI", code, at) for at in range(0, len(code), 8)]

    def run(self, arch, call, args):
        data = struct.pack(self.order + "IIQ6Q", call & 0xFFFFFFFF, ARCHES[arch][1], 0, *args)
        a, pc = 0, 0
        while True:
            op, yes, no, k = self.code[pc]
            pc += 1
            if op == 0x20:
                a = struct.unpack_from(self.order + "I", data, k)[0]
            elif op == 0x15:
                pc += yes if a == k else no
            elif op == 0x35:
                pc += yes if a >= k else no
            elif op == 0x25:
                pc += yes if a > k else no
            elif op == 0x45:
                pc += yes if a & k else no
            elif op == 0x05:
                pc += k
            elif op == 0x54:
                a &= k
            elif op == 0x06:
                return k
            else:
                raise ValueError("instruction %#x" % op)


# ---- the document -----------------------------------------------------------

def effect(rule, action="action", ret="errnoRet"):
    name = rule[action]
    value = ACTIONS[name]
    return value | rule.get(ret, errno.EPERM) if name in NUMBERED else value


class Filter:
    """/linux/seccomp, by name of the call."""

    def __init__(self, seccomp):
        self.default = effect(seccomp, "defaultAction", "defaultErrnoRet")
        self.arches = [a.replace("SCMP_ARCH_", "") for a in seccomp.get("architectures", [])]
        self.rules = {}
        for index, rule in enumerate(seccomp.get("syscalls", [])):
            for name in rule["names"]:
                self.rules.setdefault(name, []).append((index, effect(rule), rule.get("args", [])))

    def decide(self, name, args):
        """What happens, and by which rule (-1: the default action)."""
        rules = [r for r in self.rules.get(name, []) if r[1] != self.default]
        for index, what, conditions in rules:
            if not conditions:
                return what, index
        for index, what, conditions in rules:
            if all(OPERATORS[c["op"]](args[c["index"]], c["value"], c.get("valueTwo", 0)) for c in conditions):
                return what, index
        return self.default, -1

    def samples(self, name, wide):
        """Arguments on both sides of every condition, and each with others beside it."""
        top = (1 << (64 if wide else 32)) - 1
        values = {}
        for _, _, conditions in self.rules.get(name, []):
            for c in conditions:
                for v in (c["value"], c.get("valueTwo", 0)):
                    values.setdefault(c["index"], {0, 1, top}).update(
                        x & top for x in (v - 1, v, v + 1, v | 1 << 32, ~v, v << 32))
        found = [[0] * 6, [top] * 6]
        for index, several in sorted(values.items()):
            found = [args[:index] + [v] + args[index + 1:] for args in found for v in sorted(several)]
        return found


def filter_of(file):
    with open(file) as f:
        return Filter(json.load(f)["linux"]["seccomp"])


# ---- comparing --------------------------------------------------------------

class Tally:
    def __init__(self):
        self.cases, self.bad = 0, 0

    def check(self, right, what):
        self.cases += 1
        if not right:
            self.bad += 1
            if self.bad <= 20:
                print(what)

    def end(self):
        print("%d cases, %d wrong" % (self.cases, self.bad))
        sys.exit(self.bad > 0)


def meaning(arch, file, bpf):
    filter, tally, native = filter_of(file), Tally(), SHORT[arch]
    with open(bpf, "rb") as f:
        program = Program(f.read(), ARCHES[native][2] & BE)
    for arch in filter.arches or [native]:
        calls = numbers(arch)
        assert len(calls) > 200, arch
        for name, n in sorted(calls.items()):
            for args in filter.samples(name, ARCHES[arch][2] & WIDE):
                says, does = filter.decide(name, args)[0], program.run(arch, n, args)
                tally.check(says == does, "%s: %s%s: %#x, not %#x" % (arch, name, args, does, says))
    tally.end()


def same(a, b):
    tally = Tally()
    compare(filter_of(a), filter_of(b), tally)
    tally.end()


def buildah(directory):
    from buildah import Sandbox
    sandbox, tally = Sandbox(directory), Tally()
    for options in "", "--cap-add=all", "--cap-drop=all":
        document = sandbox.theirs("", options + " -- id", {})
        theirs = Filter(document["linux"].pop("seccomp"))
        run = subprocess.run(["seccomp-apply"], input=json.dumps(document), text=True, check=True, capture_output=True)
        compare(Filter(json.loads(run.stdout)["linux"]["seccomp"]), theirs, tally)
        print("%d capabilities" % len(document["process"]["capabilities"].get("bounding", [])))
    tally.end()


def compare(a, b, tally):
    tally.check(a.arches == b.arches, "%s, %s" % (a.arches, b.arches))
    for arch in a.arches:
        for name in sorted(set(numbers(arch)) | set(a.rules) | set(b.rules)):
            wide = ARCHES[arch][2] & WIDE
            for args in a.samples(name, wide) + b.samples(name, wide):
                one, two = a.decide(name, args)[0], b.decide(name, args)[0]
                tally.check(one == two, "%s: %s%s: %#x, %#x" % (arch, name, args, one, two))


# ---- explaining -------------------------------------------------------------

HERE = os.path.dirname(os.path.abspath(__file__))
# Those that the documentation of docker lists as blocked by its profile.
DOCKER = """acct add_key adjtimex bpf clock_adjtime clock_settime clone create_module delete_module
finit_module get_kernel_syms get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup
ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount move_pages name_to_handle_at
nfsservctl open_by_handle_at perf_event_open personality pivot_root process_vm_readv process_vm_writev
ptrace query_module quotactl reboot request_key set_mempolicy setns settimeofday socket socketcall stime
swapoff swapon sysfs _sysctl umount umount2 unshare uselib userfaultfd ustat vm86 vm86old""".split()


def conditional(profile):
    names = set()
    for rule in profile["syscalls"]:
        if rule.get("includes") or rule.get("excludes") or rule.get("args"):
            names.update(rule["names"])
    return names


def words(what):
    """What the caller of a system call meets."""
    if what == ACTIONS["SCMP_ACT_ALLOW"]:
        return "allowed"
    return errno.errorcode[what & 0xFFFF] if what >> 16 == 5 else hex(what)


def outcome(results):
    return words(results.pop()) if len(results) == 1 else None


class Resolved:
    """The default profile, resolved for these capabilities; its program; what is said of it."""

    def __init__(self, caps, names=()):
        with tempfile.TemporaryDirectory() as directory:
            bpf = directory + "/bpf"
            document = {"process": {"capabilities": {"bounding": sorted(caps), "effective": sorted(caps)}}}
            make = subprocess.run(["seccomp-apply", "--compact"], input=json.dumps(document), check=True,
                                  text=True, capture_output=True).stdout
            look = ["--export=bpf:" + bpf] + (["--explain=" + ",".join(sorted(names))] if names else [])
            run = subprocess.run(["seccomp-apply"] + look, input=make, check=True, text=True, capture_output=True)
            self.filter = Filter(json.loads(make)["linux"]["seccomp"])
            with open(bpf, "rb") as f:
                self.program = Program(f.read(), False)
        self.said = {}
        for line in run.stderr.splitlines():
            if not line.startswith(" "):
                name = line.split(":")[0]
            self.said.setdefault(name, []).append(line)

    def run(self, arch, name):
        """What it does, None if that depends; "" if there is no such call."""
        n = numbers(arch).get(name, -1)
        if n < 0:
            return ""
        return outcome({self.program.run(arch, n, args)
                        for args in self.filter.samples(name, ARCHES[arch][2] & WIDE)})


def verdicts(lines):
    """By architecture, as run() says it."""
    found = {}
    for line in lines:
        match = re.fullmatch(r"\w+: (.*) on ([\w, ]+)", line)
        if match:
            what = {"no system call": "", "depends on its arguments": None}.get(match[1], match[1])
            found.update({SHORT[arch]: what for arch in match[2].split(", ")})
    return found


def check_rules(one, name, lines, tally):
    """The rules named are those that decide, in their order."""
    rules = [(m[1], int(m[2])) for line in lines
             for m in [re.fullmatch(r"  (\S+)(?: if .*)?: /linux/seccomp/syscalls/(\d+)", line)] if m]
    default = any(re.fullmatch(r"  \S+( otherwise)?: /linux/seccomp/defaultAction", line) for line in lines)
    for index in {one.filter.decide(name, args)[1] for args in one.filter.samples(name, True)}:
        tally.check(default if index < 0 else index in [i for _, i in rules], "%s: rule %d is not named" % (name, index))
    for word, index in rules:
        tally.check(any(i == index and words(what) == word for i, what, _ in one.filter.rules.get(name, [])),
                    "%s: rule %d does not say %s" % (name, index, word))


def check_remedies(profile, caps, one, others, name, lines, tally):
    """A capability is named if and only if it would change something, and with what it would be."""
    told = {m[2]: m[1] for line in lines
            for m in [re.match(r"  would be (.+) with(?:out)? (CAP_\w+)", line)] if m}
    asked = {cap for rule in profile["syscalls"] if name in rule["names"]
             for kind in ("includes", "excludes") for cap in rule.get(kind, {}).get("caps", [])}
    tally.check(set(told) <= asked, "%s: %s" % (name, told))
    for cap in sorted(asked):
        if cap not in others:
            others[cap] = Resolved(caps ^ {cap})
        now, then = one.run("X86_64", name), others[cap].run("X86_64", name)
        wanted = None if now == then else "decided by its arguments" if then is None else then
        tally.check(told.get(cap) == wanted, "%s: %s: %s, not %s" % (name, cap, told.get(cap), wanted))
    allow = any("would be allowed with --allow=%s" % name in line for line in lines)
    tally.check(allow == (one.run("X86_64", name) != "allowed"), "%s: --allow" % name)


def explain(*caps):
    tally = Tally()
    with open(HERE + "/../share/seccomp/default.json") as f:
        profile = json.load(f)
    names = conditional(profile) | set(DOCKER)
    one, others = Resolved(set(caps), names), {}
    for name in sorted(names):
        lines = one.said[name]
        for arch, what in verdicts(lines).items():
            tally.check(what == one.run(arch, name), "%s on %s: %s, not %s" % (name, arch, what, one.run(arch, name)))
        tally.check(set(verdicts(lines)) == set(one.filter.arches), "%s: %s" % (name, verdicts(lines)))
        if one.run("X86_64", name) != "":
            check_rules(one, name, lines, tally)
            check_remedies(profile, set(caps), one, others, name, lines, tally)
    print("%d system calls" % len(names))
    tally.end()


if __name__ == "__main__":
    {"meaning": meaning, "same": same, "buildah": buildah, "explain": explain}[sys.argv[1]](*sys.argv[2:])
