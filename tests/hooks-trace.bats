#!/usr/bin/env bats
# ocirun --trace-hooks: how hooks are called, and how each ends.
load lib
load host
load ocirun

prepare() {
	need_root
	RECORDS=$HOST/records.$BATS_TEST_NUMBER
	cat >"$HOST/hook" <<-'END'
		#!/bin/sh
		echo "out $1 $A"
		echo "err $(wc -c)" >&2
		exit "${STATUS-0}"
	END
	chmod 755 "$HOST/hook"
	[ -z "${TEST_USER-}" ] || RECORDS_OF_USER=$USER_DIR/records.$BATS_TEST_NUMBER
}

# hooked WHO - a document with a hook of every stage, each with its own arguments
hooked() {
	local stage edits=()
	for stage in prestart createRuntime createContainer poststart poststop; do
		edits+=("--hook=$stage:{\"path\": \"$HOST/hook\", \"args\": [\"name\", \"$stage\"], \"env\": [\"A=b c\"], \"timeout\": 20}")
	done
	doc "$1" -- sh -c 'echo ran; exit 7' | hooks-apply "${edits[@]}" --hook=startContainer:/bin/true --hook=poststop:/bin/true
}

# records_of WHO
records_of() {
	if [ "$1" = user ]; then echo "$RECORDS_OF_USER"; else echo "$RECORDS"; fi
}

record() {
	output=$(cat "$dir/$1.json")
}

@test "each hook but startContainer's is recorded, and the document is unchanged (B238)" {
	check() {
		local dir stage
		dir=$(records_of "$1")
		hooked "$1" >step.json
		cp step.json before.json
		run -7 --separate-stderr as "$1" "$2" ocirun --trace-hooks="$dir" --name="traced-$2" <step.json
		assert_output --partial ran
		cmp step.json before.json
		assert_equal "$(cd "$dir" && echo *)" \
			'createContainer-0.json createRuntime-0.json poststart-0.json poststop-0.json poststop-1.json prestart-0.json'
		for stage in prestart createRuntime createContainer poststart poststop; do
			record "$stage-0"
			holds --arg s "$stage" --arg p "$HOST/hook" '.stage == $s and .path == $p and .args == ["name", $s] and .env == ["A=b c"]'
			holds --arg s "$stage" '.stdout == "out \($s) b c\n" and (.stderr | test("^err [0-9]+\n$"))'
			holds --arg n "traced-$2" '.exit == 0 and .state.id == $n and .state.bundle != null and .milliseconds < 20000'
		done
		record poststop-1
		holds '.args == ["/bin/true"] and .exit == 0 and .env == [] and .state.status == "stopped"'
		[ "$(find "$dir" -type f -perm /077)" = '' ]
	}
	each check
	# the same directory again
	rm -rf "$(records_of user)"
	run -7 --separate-stderr as root runc ocirun --trace-hooks="$RECORDS" step.json
}

@test "a hook that fails, dies, hangs or is not there is recorded, and ends the run as it would alone (R28)" {
	local dir=$RECORDS
	check() {
		doc root -- touch /tmp/ran | hooks-apply --hook="createRuntime:$1" >step.json
		for runtime in runc crun; do
			run -125 --separate-stderr as root $runtime ocirun --trace-hooks="$dir" <step.json
			[ ! -e "$HOST/rootfs/tmp/ran" ]
			record createRuntime-0
			holds "$2"
			rm -r "$dir"
		done
	}
	check "{\"path\": \"$HOST/hook\", \"args\": [\"h\", \"x\"], \"env\": [\"STATUS=3\"]}" '.exit == 3 and .stdout == "out x \n"'
	check '{"path": "/bin/sh", "args": ["sh", "-c", "kill -KILL $$"]}' '.signal == 9 and .exit == null'
	check '{"path": "/bin/sh", "args": ["sh", "-c", "echo begun; sleep 1000"], "timeout": 1}' \
		'.timedOut and .signal == 9 and .stdout == "begun\n" and .milliseconds >= 1000'
	check '{"path": "/bin/nothing-here"}' '.error == "No such file or directory" and .exit == null'
	check '{"path": "/bin/sh", "args": ["sh", "-c", "printf \"a\\377b\\0c\"; exit 1"]}' '.stdout == "a\ufffdb\ufffdc"'
}

@test "a hook that prints a gigabyte, or leaves a daemon with its output, is recorded within bounds (R28)" {
	local dir=$RECORDS
	doc root -- true | hooks-apply \
		--hook='prestart:{"path": "/bin/sh", "args": ["sh", "-c", "head -c 1000000000 /dev/zero >&2; sleep 1 & exit 0"]}' >step.json
	for runtime in runc crun; do
		run -0 --separate-stderr as root $runtime timeout 60 ocirun --trace-hooks="$dir" <step.json
		record prestart-0
		holds '.exit == 0 and (.stderr | length) == 65536 and .stderrLength == 1000000000 and .milliseconds < 60000'
		[ "$(stat -c %s "$dir/prestart-0.json")" -lt 250000 ]
	done
}

@test "the directory is made, must be one, and is no secret place of ours" {
	doc root -- true | hooks-apply --hook=prestart:/bin/true >step.json
	touch "$HOST/file"
	run -125 --separate-stderr as root runc ocirun --trace-hooks="$HOST/file" step.json
	complains "$HOST/file"
	run -125 --separate-stderr as root runc ocirun --trace-hooks=/run/ocipipe/x step.json
	complains '--trace-hooks: must not lie in the run root'
	run -125 --separate-stderr as root chroot ocirun --isolation=chroot --trace-hooks=x step.json
	complains '--trace-hooks: is for a runtime'
	run -125 --separate-stderr as root runc ocirun --prepare-only --bundle="$HOST/data" --trace-hooks=x step.json
	complains '--trace-hooks: does not go with --prepare-only'
	# a link in place of a record is replaced, not followed
	mkdir "$RECORDS"
	ln -s "$HOST/file" "$RECORDS/prestart-0.json"
	run -0 --separate-stderr as root runc ocirun --trace-hooks="$RECORDS" step.json
	[ ! -s "$HOST/file" ]
	[ -f "$RECORDS/prestart-0.json" ] && [ ! -L "$RECORDS/prestart-0.json" ]
	run -0 --separate-stderr as root runc ocirun --dry-run --trace-hooks="$RECORDS" step.json
	assert_line --regexp "hooks.*$RECORDS"
}
