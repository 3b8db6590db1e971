#!/usr/bin/env bats
# System calls, memory, signals and surroundings that fail a filter, one at a time.
# shellcheck disable=SC2016,SC2154 # text for other shells; what run sets
load lib
load laws

prepare() {
	echo '{"process":{"args":["x"],"cwd":"/"},"root":{"path":"r"},"hostname":"h",
		"linux":{"namespaces":[{"type":"pid"}],"seccomp":{"defaultAction":"SCMP_ACT_LOG"}}}' >in
}

faults() {
	python3 "$TESTS/faults.py" "$@"
}

# Every Nth case of a sweep, or all in make torture.
every() {
	[ -n "${TORTURE-}" ] && echo 1 || echo "$1"
}

@test "a system call that fails, whichever, fails the filter cleanly or not at all (F5, F21, F22)" {
	faults errors 1 in ns-apply --hostname=other --output=out --depfile=dep --trace=trace
	faults errors 1 in ns-apply --hostname=other
	while read -ra command; do
		faults errors "$(every 9)" in "${command[@]}"
	done < <(samples)
}

@test "a signal at any system call leaves everything or nothing (F30)" {
	faults kills 1 in ns-apply --hostname=other --output=out --depfile=dep
	while read -ra command; do
		faults kills "$(every 9)" in "${command[@]}"
	done < <(samples)
}

@test "an allocation that fails, whichever, is one line and nothing written (F24)" {
	need_plain
	${CC:-cc} -O1 -shared -fPIC -o nomemory.so "$TESTS/nomemory.c"
	faults memory 1 nomemory.so in ns-apply --hostname=other --output=out --depfile=dep --trace=trace
	while read -ra command; do
		faults memory "$(every 29)" nomemory.so in "${command[@]}"
		faults memory "$(every 499)" nomemory.so "$FULL" "${command[@]}"
	done < <(samples)
}

@test "memory, stack and descriptors can be short (F25)" {
	need_plain
	for filter in $(readers); do
		"$filter" <"$FULL" >complete
		for limit in '-v 3000' '-v 4000' '-v 5000' '-v 6000' '-v 8000' '-d 100' '-d 200' \
			'-s 64' '-n 3' '-n 4'; do
			code=0
			bash -c "ulimit $limit && exec \"\$0\"" "$filter" \
				<"$FULL" >out 2>said || code=$?
			case $code in
			0) cmp complete out ;;
			4) grep -q "^$filter: .*memory\$" said && [ ! -s out ] ;;
			# The loader's own, and a stack that does not even hold the loader.
			127 | 139) [ ! -s out ] ;;
			*) false ;;
			esac || fail "$filter, ulimit $limit: $code: $(cat said)"
		done
	done
}

@test "what another locale calls letters and numbers changes nothing (F28)" {
	while read -ra command; do
		"${command[@]}" <"$FULL" >expected
		for locale in tr_TR.UTF-8 de_DE C.UTF-8 POSIX nonsense ../../etc ''; do
			LC_ALL=$locale LANG=$locale LANGUAGE=$locale "${command[@]}" <"$FULL" |
				cmp expected -
		done
	done < <(samples)
}

@test "a hostile environment changes nothing (F29)" {
	while read -ra command; do
		"${command[@]}" <"$FULL" >expected
		tool=$(command -v "${command[0]}")
		env -i "$tool" "${command[@]:1}" <"$FULL" | cmp expected -
		HOME='' TMPDIR=/nonexistent PATH='' XDG_RUNTIME_DIR=relative MALLOC_PERTURB_=165 \
			JANSSON_SEED=1 POSIXLY_CORRECT=1 COLUMNS=1 OCIPIPE_TRACE='' \
			"$tool" "${command[@]:1}" <"$FULL" | cmp expected -
		python3 -c 'import os, sys
os.execve(sys.argv[1], sys.argv[1:], {f"V{i}": "x" * 50 for i in range(10000)})' \
			"$tool" "${command[@]:1}" <"$FULL" | cmp expected -
	done < <(samples)
}

@test "signals inherited as ignored or blocked change nothing (F31)" {
	while read -ra command; do
		"${command[@]}" <"$FULL" >expected
		python3 -c 'import os, signal, sys
for name in "SIGCHLD", "SIGPIPE", "SIGTERM", "SIGINT", "SIGHUP", "SIGXFSZ":
    signal.signal(getattr(signal, name), signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execvp(sys.argv[1], sys.argv[1:])' "${command[@]}" <"$FULL" | cmp expected -
	done < <(samples)
}

@test "a hook that is run is waited for also where SIGCHLD is ignored or blocked (F31)" {
	mkdir hooks.d
	cat >hook <<-'END'
		#!/bin/sh
		sed 's/"x"/"y"/'
	END
	chmod +x hook
	echo '{"version":"1.0.0","hook":{"path":"'"$PWD/hook"'"},"when":{"always":true},
		"stages":["precreate"]}' >hooks.d/a.json
	hooks-apply --hooks-dir=hooks.d <in >expected
	grep -q '"y"' expected
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execvp(sys.argv[1], sys.argv[1:])' hooks-apply --hooks-dir=hooks.d <in | cmp expected -
}

@test "a hundred at once do not disturb each other (F32)" {
	while read -ra command; do
		"${command[@]}" <"$FULL" >expected
		seq 100 | xargs -P 100 -I% sh -c '"$@" <"$0" >out.%' "$FULL" "${command[@]}"
		for i in $(seq 100); do
			cmp expected "out.$i"
		done
	done < <(samples | head -n "$([ -n "${TORTURE-}" ] && echo 100 || echo 3)")
	seq 100 | xargs -P 100 -I% ns-apply --input="$FULL" --output=one --trace=trace
	jq -e '.ociVersion == "1.3.0"' one >found
	[ "$(jq -s length trace)" -eq 100 ]
}

@test "a working directory that is gone, or is /, changes nothing (F32)" {
	while read -ra command; do
		"${command[@]}" <"$FULL" >expected
		mkdir gone
		(cd gone && rmdir ../gone && "${command[@]}" <"$FULL") | cmp expected -
		(cd / && "${command[@]}" <"$FULL") | cmp expected -
	done < <(samples)
}

@test "a working directory that cannot be entered changes nothing (F32)" {
	need_user
	mkdir -m 700 "$USER_DIR/closed"
	jq '.root.path = "/r"' in >absolute # a relative one is looked up
	while read -ra command; do
		"${command[@]}" <absolute >expected
		tool=$(command -v "${command[0]}")
		(cd "$USER_DIR/closed" && as_user "$tool" "${command[@]:1}") <absolute |
			cmp expected - || fail "${command[*]}"
	done < <(samples)
	rmdir "$USER_DIR/closed"
}

@test "a file that an option names is a file, or an error at once (F26)" {
	mkfifo fifo
	ln -s loop loop
	for filter in $(filters); do
		for option in $("$filter" --introspect |
			jq -r '.options[] | select(.arg // "" | test("FILE|DIR")).names[0]'); do
			for file in fifo /tmp /dev/zero none loop /proc/self/mem; do
				code=0
				timeout 20 "$filter" "--$option=$file" <in >out 2>said || code=$?
				case $code in
				0) ;; # a directory that is one, or a path that is only written down
				[1-4]) [ ! -s out ] && grep -q "^$filter: " said ;;
				*) false ;;
				esac || fail "$filter --$option=$file: $code: $(cat said)"
			done
		done
	done
}
