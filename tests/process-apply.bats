#!/usr/bin/env bats
# process-apply: ocigen's options in the middle of a pipe.
# shellcheck disable=SC2016,SC2154 # jq's variables, bats's own
load lib

@test "its options are ocigen's, but for --base and --preset" {
	names() {
		"$1" --introspect | jq -c '[.options[].names[0]]'
	}
	run -0 jq -n --argjson o "$(names ocigen)" --argjson p "$(names process-apply)" '$o - $p'
	run -0 jq -c . <<<"$output"
	assert_output '["base","preset"]'
	run -0 jq -n --argjson o "$(names ocigen)" --argjson p "$(names process-apply)" '$p - $o | length'
	assert_output 0
	run -2 --separate-stderr process-apply --preset=runc <<<'{}'
	complains '--preset: unknown option'
}

@test "what it owns are ocigen's parts of a document, and nothing of its neighbours'" {
	run -0 process-apply --introspect
	holds '.owns | index("/process") and index("!/process/capabilities") and index("!/process/rlimits")'
	holds '.owns | index("/root") and index("/annotations") and index("/ociVersion") and index("/linux/personality")'
	run -0 jq -n --argjson o "$(ocigen --introspect)" --argjson p "$(process-apply --introspect)" '$o.owns == $p.owns'
	assert_output true
}

@test "a document that is made once is given many commands" {
	make_rootfs
	ocigen --rootfs=rootfs -u alice -e A=1 >base.json
	for command in id cat; do
		run -0 --separate-stderr process-apply -w /src -- "$command" x <base.json
		holds --arg c "/bin/$command" '.process.args == [$c, "x"] and .process.cwd == "/src"'
		holds '.process.user.uid == 1000 and .process.env[1] == "A=1"'
	done
}

@test "all options twice is once, and the same as ocigen made at once" {
	make_rootfs
	echo 'F=1' >vars
	echo '{"config":{"Env":["I=1"],"Labels":{"l":"m"},"Entrypoint":["/e"],"Volumes":{"/v":{}},"WorkingDir":"w"},"os":"linux"}' >image.json
	options=(--rootfs=rootfs:O:idmap --layer=up --read-only --image-config=image.json --entrypoint -e A=1
		--env-merge='PATH=/x:${PATH}' --unsetenv=B --env-file=vars -w /src -u alice --group-add=users
		--umask=022 -t --console-size=24x80 --security-opt=no-new-privileges --security-opt=apparmor=p
		--security-opt=label=type:t --annotation=a=b --unsetannotation=c --personality=LINUX32
		--oci-version=1.0.2)
	ocigen -- id | process-apply "${options[@]}" -- id >once.json
	process-apply "${options[@]}" -- id <once.json >twice.json
	cmp once.json twice.json
	ocigen "${options[@]}" -- id >made.json
	python3 -c 'import json
a, b = (json.load(open(f)) for f in ("once.json", "made.json"))
# Who the user is came after the capabilities: caps-apply follows, as the order of the stages says.
for d in a, b:
    del d["process"]["capabilities"]
    d["ocipipe"].pop("inputs")
assert a == b, (a, b)'
}

@test "the capabilities are left to caps-apply" {
	run -0 --separate-stderr sh -c 'ocigen -- x | process-apply -u 1000'
	holds '.process.capabilities | keys == ["bounding", "effective", "permitted"]'
}

@test "an empty document gets what is asked for, and no more" {
	run -0 --separate-stderr process-apply --compact -e A=1 -w /w -u 1:2 --annotation=a=b --rootfs=/r -- /x <<<'{}'
	assert_output '{"process":{"user":{"uid":1,"gid":2,"additionalGids":[2]},"args":["/x"],"env":["A=1"],"cwd":"/w"},"root":{"path":"/r"},"annotations":{"a":"b"}}'
	run -0 --separate-stderr process-apply --compact --unsetenv=A --unsetannotation=a --umask= --personality= \
		--console-size= --tty=false --read-only=no <<<'{}'
	assert_output '{}'
}

@test "options after the command are the command's" {
	run -0 --separate-stderr process-apply -e A=1 make -j2 -e B=2 <<<'{}'
	holds '.process == {"env": ["A=1"], "args": ["make", "-j2", "-e", "B=2"]}'
	run -0 --separate-stderr process-apply -- -x <<<'{}'
	holds '.process.args == ["-x"]'
}

@test "every wrong type of what it reads is an error that names it, never a default (F17)" {
	cat >sweep.py <<-'END'
		import json, subprocess
		values = [None, True, 0, -1, 1.5, "", [], {}, "x", 2**32, 2**64]
		good = {"/process": [{}], "/process/terminal": [True], "/process/user": [{}],
		        "/process/user/uid": [0], "/process/user/gid": [0], "/process/user/umask": [0],
		        "/process/user/additionalGids": [[]], "/process/user/additionalGids/0": [0],
		        "/process/args": [[]], "/process/args/0": ["", "x"], "/process/env": [[]], "/process/env/0": [],
		        "/process/cwd": [], "/process/noNewPrivileges": [True],
		        "/process/apparmorProfile": ["", "x"], "/process/selinuxLabel": ["", "x"],
		        "/process/consoleSize": [], "/process/consoleSize/height": [0],
		        "/root": [{}], "/root/path": ["x"], "/root/readonly": [True], "/annotations": [{}],
		        "/annotations/k": ["", "x"], "/linux/personality": [], "/linux/personality/domain": [],
		        "/ociVersion": []}
		def build(pointer, value):
		    doc = node = {}
		    parts = pointer[1:].split("/")
		    for part, following in zip(parts, parts[1:] + [None]):
		        inner = value if following is None else [] if following == "0" else {}
		        if part == "0":
		            node.append(inner)
		        else:
		            node[part] = inner
		        node = inner
		    # What must be beside it.
		    user = doc.get("process", {}).get("user") if isinstance(doc.get("process"), dict) else None
		    if pointer.startswith("/process/user/"):
		        user.setdefault("uid", 0), user.setdefault("gid", 0)
		    if pointer.startswith("/process/consoleSize/"):
		        doc["process"]["consoleSize"].setdefault("width", 1)
		    if pointer.startswith("/root/"):
		        doc["root"].setdefault("path", "r")
		    return doc
		bad = []
		for pointer, accepted in good.items():
		    for value in values:
		        fine = any(type(value) is type(a) and value == a for a in accepted)
		        run = subprocess.run(["process-apply", "-e", "A=1"], input=json.dumps(build(pointer, value)),
		                             capture_output=True, text=True)
		        if fine != (run.returncode == 0) or (not fine and (
		                run.returncode != 1 or run.stdout or pointer.rstrip("0").rstrip("/") not in run.stderr)):
		            bad.append((pointer, value, run.returncode, run.stderr))
		for b in bad:
		    print(b)
		raise SystemExit(bool(bad))
	END
	run -0 python3 sweep.py
}

@test "what nobody knows passes through where it stands (F19)" {
	run -0 --separate-stderr process-apply --compact -e B=2 -u 5 \
		<<<'{"x":1e400,"process":{"y":0.10,"user":{"z":18446744073709551615,"uid":1,"gid":2},"env":["A=1"]},"w":[null]}'
	assert_output '{"x":1e400,"process":{"y":0.10,"user":{"z":18446744073709551615,"uid":5,"gid":0,"additionalGids":[0]},"env":["A=1","B=2"]},"w":[null]}'
}
